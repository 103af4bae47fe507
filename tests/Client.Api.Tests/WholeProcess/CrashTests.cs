using System.Diagnostics;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.WholeProcess;

/// <summary>The built program is killed, stopped and started again while clients submit.</summary>
public sealed class CrashTests
{
    private const int Kills = 3;

    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30 + (Load.Messages / 100));

    // What a kill may cut off lies between the receiver's answer and our record of it.
    private static readonly TimeSpan _inFlight = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Killed_under_load_it_loses_nothing_and_repeats_only_what_was_in_flight()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync();
        var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        var load = new Load(() => silo.Api);
        var kills = new List<long>();

        var submitting = load.SubmitAsync(0, Load.Messages, clients: 32);
        for (var kill = 1; kill <= Kills; kill++)
        {
            // Somewhere in the last third of its share.
            var moment = (Load.Messages * (kill - 1) / Kills) + Random.Shared.Next(Load.Messages / Kills * 2 / 3, (Load.Messages / Kills) - 1);
            await Wait.UntilAsync(() => submitting.IsCompleted || load.Accepted.Count >= moment, $"{moment} are accepted", _patience);
            kills.Add(Stopwatch.GetTimestamp());
            await silo.KillAsync();
            var owed = load.Accepted.Values.Where(id => !receiver.Has(id)).ToArray();
            silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
            await Wait.UntilAsync(() => owed.All(receiver.Has), $"the {owed.Length} messages that were accepted before kill {kill} are delivered", _recovery);
        }

        await submitting;
        await Wait.UntilAsync(() => load.Accepted.Values.All(receiver.Has), "all accepted messages are received", _patience);
        await UntilIdleAsync(silo);
        await silo.DisposeAsync();

        Assert.Equal(Load.Messages, load.Accepted.Count);
        Assert.All(receiver.Receipts, receipt => Assert.Equal(load.Accepted[receipt.Sequence], receipt.Id));
        foreach (var repeats in receiver.Receipts.GroupBy(receipt => receipt.Id).Where(group => group.Count() > 1))
        {
            var inOrder = repeats.OrderBy(receipt => receipt.ArrivedAt).ToArray();
            for (var i = 1; i < inOrder.Length; i++)
                Assert.True(kills.Any(at => Straddles(at, inOrder[i - 1], inOrder[i])), $"{repeats.Key} was sent {inOrder.Length} times, and not because of a kill");
        }
    }

    [Fact]
    public async Task Stopped_under_load_it_loses_and_repeats_nothing()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync(async (_, _) =>
        {
            await Task.Delay(Random.Shared.Next(1, 60));
            return 200;
        });
        var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        var load = new Load(() => silo.Api);

        var submitting = load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(() => load.Accepted.Count >= Load.Messages / 2, "half are accepted", _patience);
        Assert.Equal(0, await silo.TerminateAsync());
        Assert.True(silo.Errors.Length == 0, silo.Errors);
        await silo.DisposeAsync();
        silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        await submitting;
        await Wait.UntilAsync(() => load.Accepted.Values.All(receiver.Has), "all accepted messages are received", _patience);
        await UntilIdleAsync(silo);
        await silo.DisposeAsync();

        Assert.Equal(Load.Messages, load.Accepted.Count);
        Assert.Equal(Load.Messages, receiver.Receipts.Count);
    }

    [Fact]
    public async Task A_dead_receiver_opens_the_breaker_and_costs_no_attempts_until_it_is_back()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync();
        await receiver.GoAwayAsync();
        await using var silo = await SiloProcess.StartAsync(
            data.Path,
            [.. receiver.Environment, ("Downstreams__default__Breaker__OpenMs", "2000"), ("Downstreams__default__Breaker__RampStartPerSecond", "200"), ("BASE_BACKOFF_MS", "50"), ("MAX_RETRIES", "8")]);
        var load = new Load(() => silo.Api);

        await load.SubmitAsync(0, 300, clients: 16);
        await Wait.UntilAsync(() => silo.Api.GetAsync("/api/circuit-breakers/default"), breaker => breaker.State == "OPEN", "the breaker is open");
        var late = await silo.Api.SubmitAsync("""{"payload":{"n":300}}""");
        var parked = await silo.Api.UntilStateAsync(late.Id, "parked");
        Assert.Empty(parked["attempts"].EnumerateArray());
        await Wait.UntilAsync(
            () => silo.Api.GetAsync("/api/system/health"),
            health => health["queue"].GetProperty("active").GetInt64() == 0 && health["queue"].GetProperty("parked").GetInt64() > 0,
            "nothing is sent any more");
        await AssertNothingIsSentWhileOpenAsync(silo.Api);

        await receiver.ResumeAsync();
        await Wait.UntilAsync(() => receiver.Distinct >= 301, "all parked messages are delivered", TimeSpan.FromSeconds(40));

        Assert.Equal(0, (await silo.Api.GetAsync("/api/dlq/stats"))["total"].GetInt64());
        Assert.Equal(301, receiver.Receipts.Count);
        var breaker = await silo.Api.GetAsync("/api/circuit-breakers/default");
        Assert.Equal("CLOSED", breaker.State);
        Assert.Contains(breaker["transitions"].EnumerateArray(), transition => transition.GetProperty("to").GetString() == "HALF_OPEN");
    }

    // Between two looks at one and the same opening no attempt may have been made.
    private static async Task AssertNothingIsSentWhileOpenAsync(ApiClient api)
    {
        for (var compared = 0; compared < 5;)
        {
            var before = await LookAsync(api);
            await Task.Delay(100);
            var after = await LookAsync(api);
            if (before.OpenedAt is null || before.State != "OPEN" || after.State != "OPEN" || before.OpenedAt != after.OpenedAt) continue;
            // Only the lease's last quarter of a second may still have let some through.
            if (before.SinceOpened < TimeSpan.FromMilliseconds(500)) continue;
            Assert.Equal(before.Attempts, after.Attempts);
            compared++;
        }
    }

    private static async Task<(string State, DateTimeOffset? OpenedAt, TimeSpan SinceOpened, double Attempts)> LookAsync(ApiClient api)
    {
        var breaker = await api.GetAsync("/api/circuit-breakers/default");
        var attempts = Exposition.Parse((await api.GetAsync("/metrics")).Text).Sum("stream_consumer_processed_total");
        DateTimeOffset? openedAt = breaker["openedAt"].GetString() is null ? null : breaker["openedAt"].GetDateTimeOffset();
        return (breaker.State, openedAt, openedAt is null ? TimeSpan.Zero : DateTimeOffset.UtcNow - openedAt.Value, attempts);
    }

    private static bool Straddles(long kill, Receipt earlier, Receipt later) =>
        later.ArrivedAt > kill && Stopwatch.GetElapsedTime(earlier.AnsweredAt, kill) < _inFlight;

    private static Task<Answer> UntilIdleAsync(SiloProcess silo) => Wait.UntilAsync(
        () => silo.Api.GetAsync("/api/system/health"),
        health => health["queue"].GetProperty("waiting").GetInt64() == 0 && health["queue"].GetProperty("active").GetInt64() == 0,
        "nothing waits",
        _patience);
}
