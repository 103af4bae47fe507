using DlqCluster.Ledger;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Ledger;

/// <summary>What the ledger grain expects of its store.</summary>
public abstract class LedgerContract
{
    private const string Billing = "to:billing";

    protected abstract ILedgerStore Store { get; }

    [Fact]
    public async Task An_empty_partition_has_no_lanes()
    {
        Assert.Empty(await Store.PeekAsync(3));
        Assert.Empty(await Store.CountAsync(3));
        Assert.Empty(await Store.ClaimAsync(3, LedgerLanes.Scheduled, At(100), 10, At(200)));
        Assert.Equal(0, await Store.ReleaseAsync(3, At(0)));
    }

    [Fact]
    public async Task Lanes_show_their_earliest_entry_and_their_number()
    {
        await PutAsync(1, LedgerLanes.Scheduled, 30);
        await PutAsync(2, LedgerLanes.Scheduled, 10);
        await PutAsync(3, Billing, 20);
        Assert.Equal([new LaneHead(LedgerLanes.Scheduled, At(10)), new LaneHead(Billing, At(20))], await Store.PeekAsync(0));
        Assert.Equal([new LaneCount(LedgerLanes.Scheduled, 2, At(10)), new LaneCount(Billing, 1, At(20))], await Store.CountAsync(0));
    }

    [Fact]
    public async Task A_message_has_one_entry_that_moves()
    {
        await PutAsync(1, LedgerLanes.Active, 30);
        await PutAsync(1, LedgerLanes.Scheduled, 10);
        await PutAsync(1, LedgerLanes.Scheduled, 20);
        Assert.Equal([new LaneCount(LedgerLanes.Scheduled, 1, At(20))], await Store.CountAsync(0));
    }

    [Fact]
    public async Task An_entry_that_may_take_its_time_gets_there()
    {
        await PutAsync(1, LedgerLanes.Active, 30);
        await Store.PutSoonAsync(new LedgerEntry(0, Id(1), LedgerLanes.Receipt, At(90)));
        await LanesBecomeAsync(new LaneCount(LedgerLanes.Receipt, 1, At(90)));
    }

    [Fact]
    public async Task What_is_put_or_removed_after_an_entry_that_may_take_its_time_holds()
    {
        await Store.PutSoonAsync(new LedgerEntry(0, Id(1), LedgerLanes.Receipt, At(90)));
        await PutAsync(1, LedgerLanes.Active, 30);
        await Store.PutSoonAsync(new LedgerEntry(0, Id(2), LedgerLanes.Receipt, At(91)));
        await Store.RemoveAsync(0, Id(2));
        // Once this one is there, whatever was to come of the others has come.
        await Store.PutSoonAsync(new LedgerEntry(0, Id(3), LedgerLanes.Receipt, At(92)));
        await LanesBecomeAsync(new LaneCount(LedgerLanes.Active, 1, At(30)), new LaneCount(LedgerLanes.Receipt, 1, At(92)));
    }

    [Fact]
    public async Task Removing_is_idempotent()
    {
        await PutAsync(1, LedgerLanes.Active, 30);
        await PutAsync(2, LedgerLanes.Active, 40);
        await Store.RemoveAsync(0, Id(1));
        await Store.RemoveAsync(0, Id(1));
        Assert.Equal([new LaneHead(LedgerLanes.Active, At(40))], await Store.PeekAsync(0));
        await Store.RemoveAsync(0, Id(2));
        Assert.Empty(await Store.PeekAsync(0));
    }

    [Fact]
    public async Task What_is_due_is_claimed_earliest_first()
    {
        await PutAsync(1, Billing, 30);
        await PutAsync(2, Billing, 10);
        await PutAsync(3, Billing, 20);
        await PutAsync(4, Billing, 31);
        Assert.Equal([Id(2), Id(3), Id(1)], await Store.ClaimAsync(0, Billing, At(30), 10, At(90)));
        Assert.Equal([new LaneCount(LedgerLanes.Active, 3, At(90)), new LaneCount(Billing, 1, At(31))], await Store.CountAsync(0));
    }

    [Fact]
    public async Task No_more_than_the_limit_is_claimed()
    {
        for (var number = 0; number < 10; number++) await PutAsync(number, Billing, 10);
        Assert.Equal([Id(0), Id(1), Id(2)], await Store.ClaimAsync(0, Billing, At(10), 3, At(90)));
        Assert.Equal([Id(3), Id(4)], await Store.ClaimAsync(0, Billing, At(10), 2, At(90)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.ClaimAsync(0, Billing, At(10), 0, At(90)));
    }

    [Fact]
    public async Task What_is_claimed_is_not_claimed_again_before_its_watchdog()
    {
        await PutAsync(1, LedgerLanes.Active, 10);
        Assert.Equal([Id(1)], await Store.ClaimAsync(0, LedgerLanes.Active, At(20), 10, At(90)));
        Assert.Empty(await Store.ClaimAsync(0, LedgerLanes.Active, At(89.999), 10, At(200)));
        Assert.Equal([Id(1)], await Store.ClaimAsync(0, LedgerLanes.Active, At(90), 10, At(200)));
    }

    [Fact]
    public async Task Concurrent_claims_never_share_a_message()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => PutAsync(number, Billing, number)));
        var claims = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ =>
            Task.Run(() => Store.ClaimAsync(0, Billing, At(1000), 10, At(2000)))));
        Assert.Equal(200, claims.Sum(claim => claim.Count));
        Assert.Equal(200, claims.SelectMany(claim => claim).Distinct().Count());
    }

    [Fact]
    public async Task Releasing_makes_active_entries_due_and_leaves_the_others()
    {
        await PutAsync(1, LedgerLanes.Active, 500);
        await PutAsync(2, LedgerLanes.Active, 600);
        await PutAsync(3, LedgerLanes.Receipt, 700);
        Assert.Equal(2, await Store.ReleaseAsync(0, At(5)));
        var counts = await Store.CountAsync(0);
        Assert.Equal([new LaneCount(LedgerLanes.Active, 2, At(5)), new LaneCount(LedgerLanes.Receipt, 1, At(700))], counts);
        Assert.Equal([Id(1), Id(2)], await Store.ClaimAsync(0, LedgerLanes.Active, At(5), 10, At(90)));
    }

    [Fact]
    public async Task Releasing_what_is_due_after_a_moment_leaves_what_is_due_at_it_or_before()
    {
        await PutAsync(1, LedgerLanes.Active, 4);
        await PutAsync(2, LedgerLanes.Active, 500);
        await PutAsync(3, LedgerLanes.Active, 501);
        await PutAsync(4, LedgerLanes.Active, 900);
        await PutAsync(5, LedgerLanes.Receipt, 900);
        Assert.Equal(2, await Store.ReleaseAsync(0, At(5), At(500)));
        Assert.Equal(0, await Store.ReleaseAsync(0, At(5), At(500)));
        Assert.Equal([Id(1), Id(3), Id(4)], await Store.ClaimAsync(0, LedgerLanes.Active, At(5), 10, At(950)));
        Assert.Equal([Id(2)], await Store.ClaimAsync(0, LedgerLanes.Active, At(900), 10, At(950)));
    }

    [Fact]
    public async Task Partitions_are_apart()
    {
        await Store.PutAsync(new LedgerEntry(0, Id(1), Billing, At(10)));
        await Store.PutAsync(new LedgerEntry(1, Id(2), Billing, At(10)));
        Assert.Equal([Id(2)], await Store.ClaimAsync(1, Billing, At(10), 10, At(90)));
        Assert.Equal(1, await Store.ReleaseAsync(1, At(10)));
        Assert.Equal([new LaneHead(Billing, At(10))], await Store.PeekAsync(0));
    }

    [Fact]
    public async Task Due_times_are_kept_to_the_millisecond()
    {
        await Store.PutAsync(new LedgerEntry(0, Id(1), Billing, At(10.0019)));
        Assert.Equal([new LaneHead(Billing, At(10.001))], await Store.PeekAsync(0));
        Assert.Empty(await Store.ClaimAsync(0, Billing, At(10.0009), 10, At(90)));
        Assert.Equal([Id(1)], await Store.ClaimAsync(0, Billing, At(10.001), 10, At(90)));
    }

    [Fact]
    public async Task Lane_names_may_be_anything()
    {
        var lane = LedgerLanes.Waiting("Zahlungen 'ü' 💳 \" ; DROP");
        await PutAsync(1, lane, 10);
        await PutAsync(2, LedgerLanes.Waiting(""), 10);
        Assert.Contains(new LaneHead(lane, At(10)), await Store.PeekAsync(0));
        Assert.Equal([Id(1)], await Store.ClaimAsync(0, lane, At(10), 10, At(90)));
    }

    private async Task LanesBecomeAsync(params LaneCount[] expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await Store.CountAsync(0)).SequenceEqual(expected) && !limit.IsCancellationRequested) await Task.Delay(5);
        Assert.Equal(expected, await Store.CountAsync(0));
    }

    private Task PutAsync(int number, string lane, double due) => Store.PutAsync(new LedgerEntry(0, Id(number), lane, At(due)));
}
