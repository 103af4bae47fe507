using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>What every store of groups does.</summary>
[Trait("Spec", "DQ4")]
public abstract class LetterGroupContract
{
    protected abstract IDeadLetterStore Letters { get; }

    protected abstract ILetterGroups Groups { get; }

    [Theory]
    [InlineData(LetterGroupKind.Fingerprint, "ffff")]
    [InlineData(LetterGroupKind.ErrorType, "TIMEOUT_ERROR")]
    [InlineData(LetterGroupKind.Target, "mail")]
    [InlineData(LetterGroupKind.Source, "")]
    public async Task Letters_are_counted_by_what_they_have_in_common(LetterGroupKind kind, string name)
    {
        for (var number = 1; number <= 3; number++) await PutAsync(Letter(number));
        await PutAsync(Other(4) with { ErrorReason = "no answer", FailedAgainAt = At(60) });
        await PutAsync(Other(5) with { Status = LetterStatus.Resolved, ErrorReason = "none either" });

        var page = await Groups.QueryAsync(new LetterGroupQuery { Kind = kind });

        Assert.Equal(2, page.Total);
        Assert.Equal([3, 1], page.Groups.Select(group => group.Open));
        Assert.Equal([3, 2], page.Groups.Select(group => group.Count));
        var other = page.Groups[1];
        Assert.Equal((kind, name, At(4), At(60), Id(5), "none either"), (other.Kind, other.Name, other.FirstSeen, other.LastSeen, other.SampleId, other.SampleError));
        Assert.Equal((LetterGroupState.Active, null), (other.State, other.Mark));
        Assert.Equal([1, 0, 1, 0, 0], Enum.GetValues<LetterStatus>().Select(status => other.ByStatus[status]));
        var one = await Groups.QueryAsync(new LetterGroupQuery { Kind = kind, Name = name });
        Assert.Equal((1, name), (one.Total, Assert.Single(one.Groups).Name));
        Assert.Empty((await Groups.QueryAsync(new LetterGroupQuery { Kind = kind, Name = "none" })).Groups);
    }

    [Fact]
    public async Task Counts_follow_letters_that_change_move_and_go()
    {
        await PutAsync(Letter(1));
        await PutAsync(Letter(2));
        await Letters.PutAsync(0, Letter(1) with { Status = LetterStatus.Processing, NextRetryAt = null }, 1);
        await ExpectAsync(("00112233aabbccdd", 2, 2));
        await Letters.PutAsync(0, Letter(1) with { Fingerprint = "ffff", Status = LetterStatus.Failed, ClosedAt = At(3) }, 2);
        await ExpectAsync(("ffff", 1, 1), ("00112233aabbccdd", 1, 1));
        await Letters.PutAsync(0, Letter(2) with { Status = LetterStatus.Resolved, ClosedAt = At(3) }, 1);
        await ExpectAsync(("ffff", 1, 1), ("00112233aabbccdd", 1, 0));
        Assert.Equal(2, await Letters.PurgeAsync(0, At(10), At(10), 10));
        await ExpectAsync();
    }

    [Fact]
    public async Task What_people_say_of_a_group_is_kept_by_version_and_outlives_its_letters()
    {
        var mark = new LetterGroupMark { Owner = "ann", Note = "ticket 4711", Muted = true, ResolvedAt = At(5), ChangedBy = "bob", ChangedAt = At(6) };
        Assert.Null(await Groups.GetMarkAsync(LetterGroupKind.Source, "shop"));
        Assert.Equal(1, await Groups.PutMarkAsync(LetterGroupKind.Source, "shop", mark, 0));
        Assert.Null(await Groups.PutMarkAsync(LetterGroupKind.Source, "shop", mark with { Owner = "eve" }, 0));
        Assert.Null(await Groups.PutMarkAsync(LetterGroupKind.Source, "shop", mark with { Owner = "eve" }, 2));
        Assert.Equal(mark with { Version = 1 }, await Groups.GetMarkAsync(LetterGroupKind.Source, "shop"));
        var bare = new LetterGroupMark { ChangedBy = "ann", ChangedAt = At(7) };
        Assert.Equal(2, await Groups.PutMarkAsync(LetterGroupKind.Source, "shop", bare, 1));
        Assert.Equal(bare with { Version = 2 }, await Groups.GetMarkAsync(LetterGroupKind.Source, "shop"));
        Assert.Null(await Groups.GetMarkAsync(LetterGroupKind.Target, "shop"));
        await PutAsync(Letter(1));
        Assert.Equal(2, (await Groups.QueryAsync(new LetterGroupQuery { Kind = LetterGroupKind.Source })).Groups.Single().Mark!.Version);
    }

    [Fact]
    public async Task A_resolved_group_regresses_when_a_letter_fails_after_that_and_not_when_one_is_merely_changed()
    {
        await PutAsync(Letter(1));
        var query = new LetterGroupQuery { Kind = LetterGroupKind.Fingerprint };
        await MarkAsync("00112233aabbccdd", new LetterGroupMark { ResolvedAt = At(10) });
        Assert.Equal(LetterGroupState.Resolved, (await Groups.QueryAsync(query)).Groups.Single().State);
        await Letters.PutAsync(0, Letter(1) with { UpdatedAt = At(50), Status = LetterStatus.Resolved }, 1);
        Assert.Single((await Groups.QueryAsync(query with { State = LetterGroupState.Resolved })).Groups);
        Assert.Empty((await Groups.QueryAsync(query with { State = LetterGroupState.Regressed })).Groups);
        await Letters.PutAsync(0, Letter(1) with { FailedAgainAt = At(10.001) }, 2);
        Assert.Single((await Groups.QueryAsync(query with { State = LetterGroupState.Regressed })).Groups);
        Assert.Empty((await Groups.QueryAsync(query with { State = LetterGroupState.Resolved })).Groups);
        Assert.Empty((await Groups.QueryAsync(query with { State = LetterGroupState.Active })).Groups);
    }

    [Fact]
    public async Task Groups_are_filtered_sorted_and_paged()
    {
        for (var number = 1; number <= 12; number++)
        {
            var status = number is 1 or 2 ? LetterStatus.Resolved : LetterStatus.Pending;
            await PutAsync(Letter(number) with { Fingerprint = $"f{number % 4}", Status = status, FailedAgainAt = number == 4 ? At(99) : null });
        }

        await MarkAsync("f1", new LetterGroupMark { Owner = "ann", Muted = true });
        await MarkAsync("f2", new LetterGroupMark { Owner = "bob" });
        await NamesAsync(["f3", "f0", "f2", "f1"], new LetterGroupQuery());
        await NamesAsync(["f1", "f2", "f0", "f3"], new LetterGroupQuery { Descending = false });
        await NamesAsync(["f3", "f2", "f1", "f0"], new LetterGroupQuery { Sort = LetterGroupSort.Count });
        await NamesAsync(["f0", "f3", "f2", "f1"], new LetterGroupQuery { Sort = LetterGroupSort.LastSeen });
        await NamesAsync(["f1", "f2", "f3", "f0"], new LetterGroupQuery { Sort = LetterGroupSort.FirstSeen, Descending = false });
        await NamesAsync(["f0", "f2", "f1"], new LetterGroupQuery { PageSize = 3, Page = 1, Sort = LetterGroupSort.Open }, skip: 1);
        await NamesAsync(["f1"], new LetterGroupQuery { PageSize = 3, Page = 2 });
        await NamesAsync([], new LetterGroupQuery { PageSize = 3, Page = 3 });
        await NamesAsync(["f1"], new LetterGroupQuery { Muted = true });
        await NamesAsync(["f3", "f0", "f2"], new LetterGroupQuery { Muted = false });
        await NamesAsync(["f2"], new LetterGroupQuery { Owner = "bob", State = LetterGroupState.Active });
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Groups.QueryAsync(new LetterGroupQuery { Page = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Groups.QueryAsync(new LetterGroupQuery { PageSize = 0 }));
    }

    private static Letter Other(int number) => Letter(number) with
    {
        Fingerprint = "ffff",
        ErrorType = ErrorType.Timeout,
        Metadata = new LetterMetadata { Target = "mail" },
    };

    private async Task NamesAsync(string[] expected, LetterGroupQuery query, int skip = 0)
    {
        var groups = (await Groups.QueryAsync(skip == 0 ? query : query with { PageSize = 100 })).Groups;
        Assert.Equal(expected, groups.Skip(skip).Select(group => group.Name));
    }

    private async Task ExpectAsync(params (string Name, long Count, long Open)[] expected)
    {
        var groups = (await Groups.QueryAsync(new LetterGroupQuery())).Groups;
        Assert.Equal(expected, groups.Select(group => (group.Name, group.Count, group.Open)));
    }

    private async Task MarkAsync(string name, LetterGroupMark mark) =>
        Assert.Equal(1, await Groups.PutMarkAsync(LetterGroupKind.Fingerprint, name, mark with { ChangedBy = "ann", ChangedAt = At(1) }, 0));

    private async Task PutAsync(Letter letter) => Assert.Equal(1, await Letters.PutAsync(0, letter, 0));
}

public abstract class DeadLetterUpkeepContract
{
    protected abstract IDeadLetterStore Store { get; }

    [Fact]
    [Trait("Spec", "DQ10")]
    public async Task What_has_been_closed_for_long_enough_is_removed_and_nothing_else()
    {
        await PutAsync(Closed(1, LetterStatus.Resolved, 10));
        await PutAsync(Closed(2, LetterStatus.Resolved, 20));
        await PutAsync(Closed(3, LetterStatus.Failed, 10));
        await PutAsync(Closed(4, LetterStatus.Failed, 20));
        await PutAsync(Letter(5) with { Status = LetterStatus.Processing, ClosedAt = null });
        await PutAsync(Letter(6));
        await PutAsync(Letter(7) with { Status = LetterStatus.Manual });
        await PutAsync(Closed(8, LetterStatus.Resolved, 1), partition: 1);

        Assert.Equal(0, await Store.PurgeAsync(0, At(10), At(10), 100));
        Assert.Equal(2, await Store.PurgeAsync(0, At(10.001), At(10.001), 100));

        var left = await Store.QueryAsync(new LetterQuery { Descending = false });
        Assert.Equal([2, 4, 5, 6, 7, 8], left.Letters.Select(letter => int.Parse(letter.MessageId.Value[..8], System.Globalization.NumberStyles.HexNumber, null)));
        Assert.Null(await Store.GetAsync(Id(1)));
        Assert.Equal(1, await Store.PutAsync(0, Letter(1), 0));
    }

    [Fact]
    [Trait("Spec", "DQ10")]
    public async Task Letters_are_removed_a_bounded_number_at_a_time_the_oldest_first()
    {
        for (var number = 1; number <= 5; number++) await PutAsync(Closed(number, number < 4 ? LetterStatus.Resolved : LetterStatus.Failed, 10 - number));
        Assert.Equal(2, await Store.PurgeAsync(0, At(100), At(100), 2));
        Assert.NotNull(await Store.GetAsync(Id(1)));
        Assert.Equal(2, await Store.PurgeAsync(0, At(100), At(100), 2));
        Assert.Equal(1, await Store.PurgeAsync(0, At(100), At(100), 2));
        Assert.Equal(0, (await Store.StatsAsync()).Total);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.PurgeAsync(0, At(100), At(100), 0));
    }

    [Fact]
    [Trait("Spec", "DQ10")]
    public async Task Pending_letters_are_counted_by_partition()
    {
        Assert.Empty(await Store.PendingByPartitionAsync());
        await PutAsync(Letter(1));
        await PutAsync(Letter(2), partition: 7);
        await PutAsync(Letter(3), partition: 7);
        await PutAsync(Letter(4) with { Status = LetterStatus.Manual }, partition: 8);
        Assert.Equal(new Dictionary<int, long> { [0] = 1, [7] = 2 }, await Store.PendingByPartitionAsync());
    }

    [Fact]
    [Trait("Spec", "DQ3")]
    public async Task Totals_are_told_when_asked_for_whatever_is_filtered_by()
    {
        for (var number = 1; number <= 30; number++)
        {
            await PutAsync(Letter(number) with
            {
                Status = (LetterStatus)(number % 5),
                ErrorType = (ErrorType)(number % 3),
                Fingerprint = $"f{number % 2}",
                Metadata = new LetterMetadata { Source = $"s{number % 6}", Target = $"t{number % 4}", Tags = number % 10 == 0 ? ["ten"] : [] },
            });
        }

        LetterFilter[] filters =
        [
            new(), new() { Status = LetterStatus.Failed }, new() { ErrorType = (ErrorType)1 }, new() { ErrorType = (ErrorType)1, Status = LetterStatus.Pending },
            new() { Source = "s1" }, new() { Source = "s1", Status = LetterStatus.Processing }, new() { Target = "t3" }, new() { Fingerprint = "f1" },
            new() { Fingerprint = "f1", Source = "s3" }, new() { Tag = "ten" }, new() { Text = "connection" }, new() { From = At(3), To = At(20) },
            new() { Text = "connection", Tag = "ten", Target = "t2", From = At(5) }, new() { Source = "nobody" },
        ];
        foreach (var filter in filters)
        {
            var all = await Store.QueryAsync(new LetterQuery { Filter = filter, PageSize = 100 });
            Assert.Equal((all.Letters.Count, true), (all.Total, all.TotalIsExact));
            Assert.All(all.Letters, letter => Assert.True(filter.Status is null || letter.Status == filter.Status));
            Assert.Equal(0, (await Store.QueryAsync(new LetterQuery { Filter = filter, WithTotal = false })).Total);
        }
    }

    private static Letter Closed(int number, LetterStatus status, double at) => Letter(number) with { Status = status, NextRetryAt = null, ClosedAt = At(at) };

    private async Task PutAsync(Letter letter, int partition = 0) => Assert.Equal(1, await Store.PutAsync(partition, letter, 0));
}
