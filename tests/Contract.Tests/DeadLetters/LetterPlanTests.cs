using DlqCluster.Contract.Tests.Sqlite;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Sqlite.DeadLetters;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>The ways in which SQLite finds a page of letters.</summary>
[Trait("Spec", "DQ3")]
public sealed class LetterPlanTests : IDisposable
{
    private readonly SqliteFixture _sqlite = new();
    private readonly SqliteDeadLetterStore _store;

    public LetterPlanTests() => _store = new SqliteDeadLetterStore(_sqlite.Store);

    public static TheoryData<LetterSort, string, string> Orders { get; } = new()
    {
        { LetterSort.CreatedAt, "letters_by_created", "(created_ms, message_id)" },
        { LetterSort.UpdatedAt, "letters_by_updated", "(updated_ms, created_ms, message_id)" },
        { LetterSort.ErrorType, "letters_by_error", "(error_type, created_ms, message_id)" },
        { LetterSort.Status, "letters_by_status", "(status, created_ms, message_id)" },
        { LetterSort.Target, "letters_by_target", "(target, created_ms, message_id)" },
        { LetterSort.Source, "letters_by_source", "(source, created_ms, message_id)" },
        { LetterSort.DlqRetryCount, "letters_by_retries", "(dlq_retry_count, created_ms, message_id)" },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task An_order_is_read_along_its_index_without_a_sort(LetterSort sort, string index, string key)
    {
        Assert.Equal(index, (await PlanAsync(new LetterQuery { Sort = sort })).Index);
        foreach (var direction in (string[])["ASC", "DESC"])
        {
            var columns = string.Join(", ", key.Trim('(', ')').Split(", ").Select(column => $"{column} {direction}"));
            var plan = await ExplainAsync($"SELECT id FROM letters INDEXED BY {index} WHERE +status = 'dlq_failed' ORDER BY {columns} LIMIT 21");
            Assert.DoesNotContain(plan, step => step.Contains("B-TREE", StringComparison.Ordinal));
            Assert.Contains(plan, step => step.Contains(index, StringComparison.Ordinal));
            var following = await ExplainAsync($"SELECT id FROM letters INDEXED BY {index} WHERE {key} > ({Zeros(key)}) ORDER BY {columns} LIMIT 21");
            Assert.DoesNotContain(following, step => step.Contains("B-TREE", StringComparison.Ordinal));
            Assert.StartsWith("SEARCH", following[0], StringComparison.Ordinal);
        }

    }

    /// <summary>
    /// The one thing that may be read from one end is an index in the order that is asked for, and only as far as a page needs; or, for a
    /// selection of very rare letters, all of it.
    /// </summary>
    [Theory]
    [InlineData(LetterPlan.Few)]
    [InlineData(-1)]
    public async Task No_filter_and_no_sort_read_the_whole_table_or_sort_more_than_few(int few)
    {
        await PutAsync(Letter(1));
        foreach (var filter in Filters())
            foreach (var sort in Enum.GetValues<LetterSort>())
                foreach (var descending in (bool[])[true, false])
                {
                    var query = new LetterQuery { Filter = filter, Sort = sort, Descending = descending };
                    var (plan, steps) = await StepsAsync(query, few);
                    var about = $"{filter}, {sort}: {string.Join("; ", steps)}";
                    var scans = steps.Where(static step => step.StartsWith("SCAN", StringComparison.Ordinal));
                    Assert.True(scans.All(step => plan.Index is not null && step.Contains($"letters USING INDEX {plan.Index}", StringComparison.Ordinal)
                        || step.Contains($"letters USING COVERING INDEX {plan.Index}", StringComparison.Ordinal)
                        || step.Contains("letter_words VIRTUAL TABLE", StringComparison.Ordinal)), about);
                    // Where there are many, a page is read in order. Words and rare tags are listed: as many as a plan allows.
                    var isListed = filter.Text is not null || filter.Tag is not null;
                    if (few < 0 && !isListed) Assert.DoesNotContain(steps, static step => step.Contains("B-TREE", StringComparison.Ordinal));
                }
    }

    [Fact]
    public async Task The_narrowest_of_several_filters_is_gone_along()
    {
        for (var number = 1; number <= 9; number++)
            await PutAsync(Letter(number) with { ErrorType = number == 5 ? ErrorType.Timeout : ErrorType.Network, Status = number < 4 ? LetterStatus.Failed : LetterStatus.Manual });
        Assert.Equal("letters_by_error", (await PlanAsync(new LetterQuery { Filter = new() { ErrorType = ErrorType.Timeout, Status = LetterStatus.Failed, Source = "shop" } })).Index);
        Assert.Equal("letters_by_status", (await PlanAsync(new LetterQuery { Filter = new() { ErrorType = ErrorType.Network, Status = LetterStatus.Failed } })).Index);
        Assert.Null((await PlanAsync(new LetterQuery { Filter = new() { Text = "nothing", Status = LetterStatus.Failed } })).Index);
    }

    [Theory]
    [InlineData(LetterSort.CreatedAt, "letters_by_created")]
    [InlineData(LetterSort.UpdatedAt, "letters_by_updated")]
    [InlineData(LetterSort.NextRetryAt, "letters_by_next_retry")]
    public async Task Words_that_very_many_letters_have_are_picked_out_in_order(LetterSort sort, string index)
    {
        for (var number = 1; number <= 12; number++)
        {
            await PutAsync(Letter(number) with
            {
                ErrorReason = number % 3 == 0 ? "other" : "common",
                UpdatedAt = At(100 - number),
                NextRetryAt = number % 4 == 0 ? null : At(number % 5),
            });
        }

        var query = new LetterQuery { Filter = new() { Text = "common" }, Sort = sort, PageSize = 3 };
        var expected = (await _store.QueryAsync(query with { PageSize = 100 })).Letters.Select(letter => letter.MessageId).ToList();
        var found = new List<MessageId>();
        string? cursor = null;
        do
        {
            var page = await ReadAsync(query with { Cursor = cursor }, index);
            Assert.Equal((8, true), (page.Total, page.TotalIsExact));
            found.AddRange(page.Letters.Select(letter => letter.MessageId));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(expected, found);
        Assert.Equal(expected.Skip(3).Take(3), (await ReadAsync(query with { Page = 2 }, index)).Letters.Select(letter => letter.MessageId));
    }

    public void Dispose() => _sqlite.Dispose();

    /// <summary>Each filter alone, each with a status, and all together.</summary>
    private static IEnumerable<LetterFilter> Filters()
    {
        LetterFilter[] alone =
        [
            new(), new() { ErrorType = ErrorType.Timeout }, new() { Source = "shop" }, new() { Target = "default" }, new() { Fingerprint = "f" },
            new() { From = At(1) }, new() { To = At(2) }, new() { Tag = "t" }, new() { Text = "word" },
        ];
        var all = new LetterFilter
        {
            Status = LetterStatus.Pending,
            ErrorType = ErrorType.Timeout,
            Source = "shop",
            Target = "default",
            Fingerprint = "f",
            From = At(1),
            To = At(2),
            Tag = "t",
            Text = "word",
        };
        return [.. alone, .. alone.Select(static filter => filter with { Status = LetterStatus.Failed }), all];
    }

    private async Task<(LetterPlan Plan, List<string> Steps)> StepsAsync(LetterQuery query, int few)
    {
        var plan = await _sqlite.Store.ReadAsync((query, few), static (db, args) => LetterPlan.Of(db, args.query, args.few));
        var select = plan.Select(query.Filter);
        // Read in two parts, each along the index.
        var inParts = query.Sort == LetterSort.NextRetryAt;
        if (inParts) select.Planned(true);
        var key = inParts ? "next_retry_ms" : LetterSelect.SortKey(query.Sort, query.Descending);
        return (plan, await ExplainAsync(select.ToSql("id", LetterPages.Order(query, key) + " LIMIT 21", plan.Index)));
    }

    private static string Zeros(string key) => string.Join(", ", key.Split(", ").Select(_ => "0"));

    private Task<LetterPlan> PlanAsync(LetterQuery query) => _sqlite.Store.ReadAsync(query, static (db, query) => LetterPlan.Of(db, query));

    private Task<LetterPage> ReadAsync(LetterQuery query, string index) => _sqlite.Store.ReadAsync((query, index), static (db, args) =>
    {
        var words = LetterPlan.List(db, LetterSelect.WordQuery(args.query.Filter.Text)!);
        var plan = new LetterPlan(args.index, args.index, CommonTag: false, words.Count, words);
        return LetterPages.Read(db, args.query, args.query.Cursor is null ? null : LetterCursor.Of(args.query), plan);
    });

    private Task<List<string>> ExplainAsync(string sql) => _sqlite.Store.ReadAsync(sql, static (db, sql) =>
    {
        using var rows = db.Prepare("EXPLAIN QUERY PLAN " + sql);
        var steps = new List<string>();
        while (rows.Step()) steps.Add(rows.Text(3));
        return steps;
    });

    private async Task PutAsync(Letter letter) => Assert.Equal(1, await _store.PutAsync(0, letter, 0));
}
