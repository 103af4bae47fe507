using System.Collections.Concurrent;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Breakers;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>One breaker for three silos.</summary>
[Collection(Alone.Name)]
public sealed class BreakerOnThreeSilosTests
{
    // A lease lasts 250 ms, and what was admitted on it still has to arrive.
    private static readonly TimeSpan _leaseAndAWay = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<int, int> _sent = new();

    [Fact]
    [Trait("Spec", "CB3")]
    public async Task Opened_by_one_silos_traffic_it_is_open_for_all_when_their_leases_have_run_out()
    {
        var works = true;
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(Volatile.Read(ref works) ? 200 : 503));
        await using var silos = await ThreeSilos.StartAsync(
            receiver, ("Downstreams:default:Breaker:OpenMs", "600000"), ("Retry:MaxRetries", "50"));
        using var stop = new CancellationTokenSource();
        var traffic = Task.WhenAll(Enumerable.Range(0, 3).Select(silo => SendUntilAsync(silos, silo, stop.Token)));
        await Wait.UntilAsync(() => receiver.Distinct > 100, "traffic flows from all silos");

        Volatile.Write(ref works, false);
        await silos.UntilAsync(BreakerState.Open);
        await Task.Delay(_leaseAndAWay);
        var received = receiver.Receipts.Count;
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.Equal(received, receiver.Receipts.Count);
        await stop.CancelAsync();
        await traffic;
    }

    [Fact]
    [Trait("Spec", "CB8")]
    public async Task A_silo_with_a_broken_network_is_cut_off_alone_and_finds_back_by_itself()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(
            receiver, ("Downstreams:default:Breaker:OpenMs", "1000"), ("Downstreams:default:Breaker:Probes", "3"), ("Retry:MaxRetries", "100"));
        using var stop = new CancellationTokenSource();
        var traffic = Task.WhenAll(Enumerable.Range(0, 3).Select(silo => SendUntilAsync(silos, silo, stop.Token)));
        await Wait.UntilAsync(() => silos.Breaker.Get(), breaker => breaker.Silos.Count == 3, "all silos send");

        silos.SetNetwork(0, works: false);
        var broken = silos.Silos[0].SiloAddress.ToString();
        await Wait.UntilAsync(() => silos.Breaker.Get(), breaker => Of(breaker, broken).State == BreakerState.Open, "it is cut off");
        var received = receiver.Distinct;
        // Long enough for it to probe in vain.
        await Wait.UntilAsync(() => silos.Breaker.Get(), breaker => Of(breaker, broken).CutOffAt > Started(breaker), "its probes have failed");
        await Wait.UntilAsync(() => receiver.Distinct > received + 100, "the others go on");
        var during = await silos.Breaker.Get();
        Assert.Equal(BreakerState.Closed, during.State);
        Assert.All(during.Silos, silo => Assert.Equal(silo.Silo == broken, silo.State != BreakerState.Closed));

        silos.SetNetwork(0, works: true);
        await Wait.UntilAsync(() => silos.Breaker.Get(), breaker => Of(breaker, broken).State == BreakerState.Closed, "it has found back");
        await stop.CancelAsync();
        await traffic;
        var sent = _sent.Values.Sum();
        await Wait.UntilAsync(() => receiver.Distinct == sent, "everything is delivered");
        Assert.All((await silos.Breaker.Get()).Transitions, transition => Assert.Equal(broken, transition.Silo));
    }

    [Fact]
    [Trait("Spec", "CB3")]
    public async Task Opened_by_the_traffic_of_the_only_silo_that_sends_it_is_open_for_the_others_at_once()
    {
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(503));
        await using var silos = await ThreeSilos.StartAsync(
            receiver, ("Downstreams:default:Breaker:OpenMs", "600000"), ("Retry:MaxRetries", "50"));
        for (var n = 0; n < 30; n++) await ThreeSilos.SubmitAsync(silos.At(0), n, $"m-{n}");
        await silos.UntilAsync(BreakerState.Open);
        await Task.Delay(_leaseAndAWay);
        var received = receiver.Receipts.Count;

        for (var n = 30; n < 60; n++) await ThreeSilos.SubmitAsync(silos.At(1 + (n % 2)), n, $"m-{n}");
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.Equal(received, receiver.Receipts.Count);
    }

    [Fact]
    [Trait("Spec", "CB2")]
    public async Task Half_open_it_lets_exactly_the_permitted_probes_out_over_all_silos_and_then_drains_what_waits()
    {
        const int probes = 5;
        const int waiting = 90;
        var works = false;
        var probing = new TaskCompletionSource();
        var (atOnce, most) = (0, 0);
        await using var receiver = await Receiver.StartAsync(async (_, _) =>
        {
            if (!Volatile.Read(ref works)) return 503;
            var now = Interlocked.Increment(ref atOnce);
            InterlockedMax(ref most, now);
            await probing.Task;
            Interlocked.Decrement(ref atOnce);
            return 200;
        });
        await using var silos = await ThreeSilos.StartAsync(
            receiver,
            ("Downstreams:default:Breaker:OpenMs", "3000"),
            ("Downstreams:default:Breaker:Probes", $"{probes}"),
            ("Downstreams:default:Breaker:ProbeSuccessRatio", "1"),
            ("Downstreams:default:Breaker:RampStartPerSecond", "1000"),
            ("Retry:MaxRetries", "50"));

        for (var n = 0; n < waiting; n++) await ThreeSilos.SubmitAsync(silos.At(n % 3), n, $"m-{n}");
        await silos.UntilAsync(BreakerState.Open);
        Volatile.Write(ref works, true);
        await silos.UntilAsync(BreakerState.HalfOpen);
        await Wait.UntilAsync(() => Volatile.Read(ref atOnce) >= probes, "the probes are out");
        // Time enough for every gate to ask again, several times.
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(probes, most);

        probing.SetResult();
        await silos.UntilAsync(BreakerState.Closed);
        await Wait.UntilAsync(() => receiver.Distinct == waiting, "what waited is delivered");
        Assert.Equal(waiting, receiver.Receipts.Count(receipt => receipt.Status == 200));
    }

    private static BreakerSiloView Of(BreakerView breaker, string silo) => breaker.Silos.Single(one => one.Silo == silo);

    /// <summary>When a silo was first cut off.</summary>
    private static DateTimeOffset Started(BreakerView breaker) => breaker.Transitions[^1].At;

    private async Task SendUntilAsync(ThreeSilos silos, int silo, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            await ThreeSilos.SubmitAsync(silos.At(silo), n, $"{silo}-{n}");
            _sent[silo] = n + 1;
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var known = Volatile.Read(ref most); now > known; known = Volatile.Read(ref most))
            if (Interlocked.CompareExchange(ref most, now, known) == known) return;
    }
}
