using DlqCluster.Cluster.Redis;
using DlqCluster.Ledger;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>How often Redis is asked: of a delivered message's six operations, two are the ledger's.</summary>
public sealed class RedisRoundTripTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Mark = "that-is-all";
    private static readonly string[] _one = ["EVALSHA"];

    [Fact]
    public async Task Every_operation_is_one_command()
    {
        var ledger = redis.EmptyLedger();
        Assert.Equal(_one, await CommandsAsync(() => PutAsync(ledger, 1)));
        Assert.Equal(_one, await CommandsAsync(() => PutAsync(ledger, 2)));
        Assert.Equal(_one, await CommandsAsync(() => ledger.PeekAsync(0)));
        Assert.Equal(_one, await CommandsAsync(() => ledger.CountAsync(0)));
        Assert.Equal(_one, await CommandsAsync(() => ledger.ClaimAsync(0, LedgerLanes.Scheduled, At(9), 256, At(90))));
        Assert.Equal(_one, await CommandsAsync(() => ledger.ReleaseAsync(0, At(5))));
        Assert.Equal(_one, await CommandsAsync(() => ledger.RemoveAsync(0, Id(1))));
    }

    [Fact]
    public async Task Operations_do_not_wait_for_each_other()
    {
        var ledger = redis.EmptyLedger();
        redis.Server.Freeze();
        var puts = Enumerable.Range(0, 1_000).Select(number => PutAsync(ledger, number)).ToList();
        redis.Server.Thaw();
        await Task.WhenAll(puts);
        Assert.Equal(1_000, Assert.Single(await ledger.CountAsync(0)).Count);
    }

    [Fact]
    public async Task Looking_at_the_lanes_costs_the_same_however_many_entries_there_are()
    {
        var ledger = redis.EmptyLedger();
        await PutAsync(ledger, 0);
        var few = await WorkAsync(ledger);
        await Task.WhenAll(Enumerable.Range(1, 5_000).Select(number => PutAsync(ledger, number)));
        Assert.Equal(few, await WorkAsync(ledger));
    }

    private static Task PutAsync(RedisLedgerStore ledger, int number) =>
        ledger.PutAsync(new LedgerEntry(0, Id(number), LedgerLanes.Scheduled, At(number)));

    // How many commands the server ran in all, those of scripts included.
    private async Task<string> WorkAsync(RedisLedgerStore ledger)
    {
        await redis.Server.CommandAsync("CONFIG", "RESETSTAT");
        await ledger.PeekAsync(0);
        await ledger.CountAsync(0);
        var stats = await redis.Server.CommandAsync("INFO", "commandstats");
        var ofSets = stats.Split('\n').Where(line => line.StartsWith("cmdstat_z", StringComparison.Ordinal));
        return string.Join(' ', ofSets.Select(line => line.Split(',')[0]));
    }

    private async Task<List<string>> CommandsAsync(Func<Task> act)
    {
        // The first call of a script also sends it.
        await act();
        using var monitor = await redis.Server.MonitorAsync();
        await act();
        await redis.Server.CommandAsync("ECHO", Mark);
        return await monitor.CommandsUntilAsync(":ledger:", Mark);
    }
}
