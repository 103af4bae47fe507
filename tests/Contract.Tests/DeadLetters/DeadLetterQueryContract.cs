using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>What people expect when they search and page letters.</summary>
public abstract class DeadLetterQueryContract
{
    public static MatrixTheoryData<LetterSort, bool> Sorts { get; } = new(Enum.GetValues<LetterSort>(), [true, false]);

    protected abstract IDeadLetterStore Store { get; }

    [Fact]
    public async Task Each_filter_holds_alone_and_together()
    {
        await PutAsync(Letter(1));
        await PutAsync(Letter(2) with { Status = LetterStatus.Failed, ErrorType = ErrorType.Timeout, Fingerprint = "ffff" });
        await PutAsync(Letter(3) with { Metadata = new LetterMetadata { Source = "app", Target = "mail", Tags = ["vip", "eu"] } });
        await PutAsync(Letter(4) with { Metadata = new LetterMetadata { Source = "shop", Target = "mail", Tags = ["vip"] } });
        await ExpectAsync([2], new LetterFilter { Status = LetterStatus.Failed });
        await ExpectAsync([2], new LetterFilter { ErrorType = ErrorType.Timeout });
        await ExpectAsync([2], new LetterFilter { Fingerprint = "ffff" });
        await ExpectAsync([3], new LetterFilter { Source = "app" });
        await ExpectAsync([3, 4], new LetterFilter { Target = "mail" });
        await ExpectAsync([3, 4], new LetterFilter { Tag = "vip" });
        await ExpectAsync([3], new LetterFilter { Tag = "vip", Source = "app", Status = LetterStatus.Pending, Text = "refused" });
        await ExpectAsync([], new LetterFilter { Tag = "VIP" });
        await ExpectAsync([1, 2, 3, 4], new LetterFilter());
    }

    [Fact]
    public async Task A_time_range_holds_its_begin_and_leaves_out_its_end()
    {
        for (var number = 1; number <= 5; number++) await PutAsync(Letter(number));
        await ExpectAsync([2, 3], new LetterFilter { From = At(2), To = At(4) });
        await ExpectAsync([4, 5], new LetterFilter { From = At(3.001) });
    }

    [Theory]
    [InlineData("timeout", true)]
    [InlineData("TIMEOUT gateway", true)]
    [InlineData("gateway timeout", true)]
    [InlineData("gate", true)]
    [InlineData("gate timeout", false)]
    [InlineData("timeout gate", true)]
    [InlineData("UNKNOWN_ERROR", true)]
    [InlineData("handler", true)]
    [InlineData("4711", true)]
    [InlineData("47", true)]
    [InlineData("711", false)]
    [InlineData("CAFÉ", true)]
    [InlineData("customername", true)]
    [InlineData("12 50", true)]
    [InlineData("12.50", true)]
    [InlineData("cart-9", true)]
    [InlineData("cart 9 timeout", true)]
    [InlineData("missing", false)]
    [InlineData("timeout missing", false)]
    public async Task Text_is_found_by_its_words(string text, bool found)
    {
        var letter = Letter(1, """{"customerName":"Caf\u00e9 Zentral","order":4711,"amount":12.50}""");
        await PutAsync(letter with
        {
            Metadata = letter.Metadata with { CorrelationId = "cart-9" },
            ErrorReason = "504: Gateway Timeout",
            ErrorStack = "at Billing.Handler()",
            ErrorType = ErrorType.Unknown,
        });
        await ExpectAsync(found ? [1] : [], new LetterFilter { Text = text });
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("timeout OR missing")]
    [InlineData("NOT missing")]
    [InlineData("timeout*missing")]
    [InlineData("words:timeout")]
    [InlineData("NEAR(timeout gateway)")]
    [InlineData("^timeout")]
    [InlineData("'; DROP TABLE letters; --")]
    [InlineData("(((")]
    [InlineData("a\0b")]
    public async Task Nothing_that_is_typed_is_query_syntax(string text)
    {
        var letter = Letter(1) with { ErrorReason = "timeout" };
        await PutAsync(letter);
        await ExpectAsync(LetterWords.Match(LetterWords.Of(letter), text) ? [1] : [], new LetterFilter { Text = text });
        await ExpectAsync([1], new LetterFilter { Text = "timeout" });
    }

    [Fact]
    public async Task Words_and_tags_follow_a_changed_letter()
    {
        await PutAsync(Letter(1) with { ErrorReason = "first", Metadata = new LetterMetadata { Tags = ["old"] } });
        await Store.PutAsync(0, Letter(1) with { ErrorReason = "second", Metadata = new LetterMetadata { Tags = ["new"] } }, 1);
        await ExpectAsync([], new LetterFilter { Text = "first" });
        await ExpectAsync([1], new LetterFilter { Text = "second" });
        await ExpectAsync([], new LetterFilter { Tag = "old" });
        await ExpectAsync([1], new LetterFilter { Tag = "new" });
    }

    [Theory]
    [MemberData(nameof(Sorts))]
    public async Task Every_sort_orders_and_pages_alike_by_number_and_by_cursor(LetterSort sort, bool descending)
    {
        await FillAsync();
        var query = new LetterQuery { Sort = sort, Descending = descending, PageSize = 4 };
        var all = (await Store.QueryAsync(query with { PageSize = 100 })).Letters;
        Assert.Equal(Expected(all, sort, descending), Numbers(all));
        var byNumber = new List<int>();
        var byCursor = new List<int>();
        string? cursor = null;
        for (var page = 1; page <= 6; page++)
        {
            byNumber.AddRange(Numbers((await Store.QueryAsync(query with { Page = page })).Letters));
            var next = await Store.QueryAsync(query with { Cursor = cursor });
            Assert.Equal(23, next.Total);
            byCursor.AddRange(Numbers(next.Letters));
            cursor = next.NextCursor;
            Assert.Equal(page == 6, cursor is null);
        }

        Assert.Equal(Numbers(all), byNumber);
        Assert.Equal(Numbers(all), byCursor);
    }

    [Fact]
    public async Task Letters_without_a_next_replay_come_last_either_way()
    {
        await PutAsync(Letter(1) with { NextRetryAt = At(10) });
        await PutAsync(Letter(2) with { NextRetryAt = null });
        await PutAsync(Letter(3) with { NextRetryAt = At(20) });
        var query = new LetterQuery { Sort = LetterSort.NextRetryAt };
        Assert.Equal([3, 1, 2], Numbers((await Store.QueryAsync(query)).Letters));
        Assert.Equal([1, 3, 2], Numbers((await Store.QueryAsync(query with { Descending = false })).Letters));
    }

    [Fact]
    public async Task A_cursor_skips_and_repeats_nothing_while_letters_come_and_go()
    {
        for (var number = 10; number < 20; number++) await PutAsync(Letter(number));
        var query = new LetterQuery { PageSize = 5, Filter = new LetterFilter { Status = Letter(10).Status } };
        var first = await Store.QueryAsync(query);
        await PutAsync(Letter(30));
        foreach (var gone in new[] { first.Letters[0], first.Letters[^1] })
            await Store.PutAsync(0, gone with { Status = LetterStatus.Resolved }, gone.Version);
        var second = await Store.QueryAsync(query with { Cursor = first.NextCursor });
        Assert.Equal([19, 18, 17, 16, 15], Numbers(first.Letters));
        Assert.Equal([14, 13, 12, 11, 10], Numbers(second.Letters));
    }

    [Fact]
    public async Task A_cursor_that_does_not_fit_is_refused()
    {
        await FillAsync();
        var query = new LetterQuery { PageSize = 2 };
        var cursor = (await Store.QueryAsync(query)).NextCursor;
        await RefusedAsync(query with { Cursor = cursor, Sort = LetterSort.Status });
        await RefusedAsync(query with { Cursor = cursor, Descending = false });
        await RefusedAsync(query with { Cursor = "" });
        await RefusedAsync(query with { Cursor = "äöü" });
        await RefusedAsync(query with { Cursor = "AAAA" });
        await RefusedAsync(query with { Cursor = cursor![..^6] });
    }

    [Fact]
    public async Task A_page_beyond_the_last_is_empty()
    {
        await FillAsync();
        var page = await Store.QueryAsync(new LetterQuery { Page = 1_000_000_000, PageSize = 1_000 });
        Assert.Equal((0, 23, null), (page.Letters.Count, page.Total, page.NextCursor));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.QueryAsync(new LetterQuery { Page = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.QueryAsync(new LetterQuery { PageSize = 0 }));
    }

    private static IEnumerable<int> Numbers(IEnumerable<Letter> letters) =>
        letters.Select(letter => int.Parse(letter.MessageId.Value[..8], System.Globalization.NumberStyles.HexNumber, null));

    private static IEnumerable<int> Expected(IEnumerable<Letter> letters, LetterSort sort, bool descending)
    {
        var keys = letters.ToDictionary(letter => letter, letter => Key(letter, sort, descending));
        var sorted = descending
            ? letters.OrderByDescending(letter => keys[letter]).ThenByDescending(letter => letter.CreatedAt)
                .ThenByDescending(letter => letter.MessageId.Value, StringComparer.Ordinal)
            : letters.OrderBy(letter => keys[letter]).ThenBy(letter => letter.CreatedAt)
                .ThenBy(letter => letter.MessageId.Value, StringComparer.Ordinal);
        return Numbers(sorted);
    }

    private static IComparable Key(Letter letter, LetterSort sort, bool descending) => sort switch
    {
        LetterSort.CreatedAt => letter.CreatedAt,
        LetterSort.UpdatedAt => letter.UpdatedAt,
        LetterSort.NextRetryAt => letter.NextRetryAt ?? (descending ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue),
        LetterSort.ErrorType => ErrorTypes.Name(letter.ErrorType),
        LetterSort.Status => LetterStatuses.Name(letter.Status),
        LetterSort.Target => letter.Metadata.Target,
        LetterSort.Source => letter.Metadata.Source ?? "",
        _ => letter.DlqRetryCount,
    };

    private async Task ExpectAsync(int[] numbers, LetterFilter filter)
    {
        var page = await Store.QueryAsync(new LetterQuery { Filter = filter, Descending = false });
        Assert.Equal(numbers, Numbers(page.Letters));
        Assert.Equal(numbers.Length, page.Total);
    }

    private async Task RefusedAsync(LetterQuery query) => await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(query));

    private async Task PutAsync(Letter letter) => Assert.Equal(1, await Store.PutAsync(0, letter, 0));

    // Every key has ties, and some letters lack what can be lacking.
    private async Task FillAsync()
    {
        for (var number = 0; number < 23; number++)
        {
            await PutAsync(Letter(number) with
            {
                CreatedAt = At(number / 3),
                UpdatedAt = At(number % 4),
                NextRetryAt = number % 3 == 0 ? null : At(number % 5),
                ErrorType = (ErrorType)(number % 7),
                Status = (LetterStatus)(number % 5),
                DlqRetryCount = number % 3,
                Metadata = new LetterMetadata { Source = number % 4 == 0 ? null : $"source/{number % 3}", Target = $"target/{number % 2}" },
            });
        }
    }
}
