using DlqCluster.Audit;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Audit;

/// <summary>What every audit log does.</summary>
[Trait("Spec", "DQ8")]
public abstract class AuditLogContract
{
    private static readonly DateTimeOffset _never = DateTimeOffset.UnixEpoch;

    protected abstract IAuditLog Log { get; }

    [Fact]
    public async Task An_entry_comes_back_with_everything_that_it_was_given()
    {
        var full = Entry(1) with
        {
            At = Start.AddSeconds(1).AddTicks(1_234),
            Subject = "zürich/😀",
            Count = 4_000_000_000,
            Reason = "it's broken; \"really\" \\ %",
            From = "2001:db8::1",
            Outcome = AuditOutcome.Done,
            Status = 202,
            Detail = "two lines",
        };
        await Log.AppendAsync(full);
        await Log.AppendAsync(Entry(2));
        Assert.Equal([Entry(2), full], (await Log.QueryAsync(new AuditQuery())).Entries);
    }

    [Fact]
    public async Task An_act_that_began_gets_its_end_once_and_is_never_changed_again()
    {
        await Log.AppendAsync(Entry(1));
        var done = Entry(1) with { Outcome = AuditOutcome.Done, Status = 200, Reason = "why", Subject = "what", Count = 3 };
        Assert.True(await Log.CompleteAsync(done with { At = Start.AddDays(1) }));
        Assert.False(await Log.CompleteAsync(done with { Outcome = AuditOutcome.Failed }));
        await Log.AppendAsync(Entry(1) with { Who = "mallory" });
        Assert.Equal([done], (await Log.QueryAsync(new AuditQuery())).Entries);
        Assert.False(await Log.CompleteAsync(Entry(2) with { Outcome = AuditOutcome.Done }));
        Assert.Single((await Log.QueryAsync(new AuditQuery())).Entries);
    }

    [Fact]
    public async Task Every_filter_works_alone_and_all_work_together()
    {
        await Log.AppendAsync(Entry(1) with { Who = "bob" });
        await Log.AppendAsync(Entry(2) with { Act = "letter.discard" });
        await Log.AppendAsync(Entry(3) with { Subject = "billing" });
        await Log.AppendAsync(Entry(4) with { Outcome = AuditOutcome.Refused });
        await Log.AppendAsync(Entry(5) with { Who = "bob", Act = "letter.discard", Subject = "billing", Outcome = AuditOutcome.Refused });
        await ExpectAsync([5, 1], new AuditQuery { Who = "bob" });
        await ExpectAsync([5, 2], new AuditQuery { Act = "letter.discard" });
        await ExpectAsync([5, 3], new AuditQuery { Subject = "billing" });
        await ExpectAsync([5, 4], new AuditQuery { Outcome = AuditOutcome.Refused });
        await ExpectAsync([3, 2], new AuditQuery { From = At(2), To = At(4) });
        await ExpectAsync([5], new AuditQuery { From = At(4.001) });
        await ExpectAsync([5], new AuditQuery
        {
            Who = "bob",
            Act = "letter.discard",
            Subject = "billing",
            Outcome = AuditOutcome.Refused,
            From = At(5),
            To = At(6),
        });
        await ExpectAsync([], new AuditQuery { Who = "BOB" });
        await ExpectAsync([], new AuditQuery { Subject = "" });
    }

    [Fact]
    public async Task Pages_skip_and_repeat_nothing_while_entries_come()
    {
        for (var number = 1; number <= 7; number++) await Log.AppendAsync(Entry(number) with { Who = number % 2 == 0 ? "bob" : "ann" });
        var first = await Log.QueryAsync(new AuditQuery { PageSize = 3 });
        await Log.AppendAsync(Entry(8));
        var second = await Log.QueryAsync(new AuditQuery { PageSize = 3, After = first.Next });
        var third = await Log.QueryAsync(new AuditQuery { PageSize = 3, After = second.Next });
        Assert.Equal([7, 6, 5], Numbers(first));
        Assert.Equal([4, 3, 2], Numbers(second));
        Assert.Equal([1], Numbers(third));
        Assert.Null(third.Next);
        var bob = await Log.QueryAsync(new AuditQuery { PageSize = 2, Who = "bob" });
        Assert.Equal([2], Numbers(await Log.QueryAsync(new AuditQuery { PageSize = 2, Who = "bob", After = bob.Next })));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Log.QueryAsync(new AuditQuery { PageSize = 0 }));
    }

    [Fact]
    public async Task The_oldest_go_first_whether_too_old_or_too_many_and_never_more_than_asked_for()
    {
        for (var number = 1; number <= 9; number++) await Log.AppendAsync(Entry(number));
        Assert.Equal(0, await Log.PurgeAsync(_never, 9, 100));
        Assert.Equal(2, await Log.PurgeAsync(At(3), 100, 100));
        await ExpectAsync([9, 8, 7, 6, 5, 4, 3], new AuditQuery());
        Assert.Equal(2, await Log.PurgeAsync(_never, 5, 100));
        Assert.Equal(1, await Log.PurgeAsync(At(100), 0, 1));
        await ExpectAsync([9, 8, 7, 6], new AuditQuery());
        Assert.Equal(3, await Log.PurgeAsync(At(8), 3, 100) + await Log.PurgeAsync(At(9), 3, 100));
        await ExpectAsync([9], new AuditQuery());
        Assert.Equal(1, await Log.PurgeAsync(At(100), 100, 100));
        await ExpectAsync([], new AuditQuery());
    }

    private static AuditEntry Entry(int number)
    {
        var at = At(number);
        var id = DlqCluster.Messages.MessageId.CreateVersion7(at, new byte[10]);
        return new AuditEntry { Id = Guid.Parse(id.Value), At = at, Who = "ann", Credential = "token", Act = "breaker.reset" };
    }

    private static IEnumerable<int> Numbers(AuditPage page) => page.Entries.Select(entry => (int)(entry.At - Start).TotalSeconds);

    private async Task ExpectAsync(int[] numbers, AuditQuery query) => Assert.Equal(numbers, Numbers(await Log.QueryAsync(query)));
}
