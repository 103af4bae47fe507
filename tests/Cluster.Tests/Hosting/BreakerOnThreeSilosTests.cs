using DlqCluster.Api.Tests.Support;
using DlqCluster.Breakers;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>One breaker for three silos.</summary>
[Collection(Alone.Name)]
public sealed class BreakerOnThreeSilosTests
{
    // A lease lasts 250 ms, and what was admitted on it still has to arrive.
    private static readonly TimeSpan _leaseAndAWay = TimeSpan.FromMilliseconds(500);

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

    private static async Task SendUntilAsync(ThreeSilos silos, int silo, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            await ThreeSilos.SubmitAsync(silos.At(silo), n, $"{silo}-{n}");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var known = Volatile.Read(ref most); now > known; known = Volatile.Read(ref most))
            if (Interlocked.CompareExchange(ref most, now, known) == known) return;
    }
}
