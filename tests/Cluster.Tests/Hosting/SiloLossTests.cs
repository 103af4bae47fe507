using System.Collections.Concurrent;
using System.Diagnostics;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>A silo of three dies under load.</summary>
[Collection(Alone.Name)]
public sealed class SiloLossTests
{
    private const int Messages = 1_000;

    // What a death may cut off lies between the receiver's answer and our record of it.
    private static readonly TimeSpan _inFlight = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait("Spec", "DE4")]
    public async Task What_was_accepted_is_delivered_and_only_what_was_in_flight_may_come_twice()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(receiver);
        var accepted = new ConcurrentDictionary<int, MessageId>();
        var next = -1;

        var submitting = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var n = Interlocked.Increment(ref next); n < Messages; n = Interlocked.Increment(ref next))
                accepted[n] = await ThreeSilos.SubmitAsync(silos.Client, n, $"m-{n}");
        })));
        await Wait.UntilAsync(() => accepted.Count > Messages / 2, "half are accepted");
        var killedAt = Stopwatch.GetTimestamp();
        await silos.KillAsync(2);
        await submitting;
        await Wait.UntilAsync(() => receiver.Distinct == Messages, "all are received", TimeSpan.FromSeconds(60));

        Assert.All(receiver.Receipts, receipt => Assert.Equal(accepted[receipt.Sequence].Value, receipt.Id));
        foreach (var repeats in receiver.Receipts.GroupBy(receipt => receipt.Id).Where(group => group.Count() > 1))
        {
            var first = repeats.MinBy(receipt => receipt.ArrivedAt)!;
            Assert.Equal(2, repeats.Count());
            Assert.True(Stopwatch.GetElapsedTime(first.AnsweredAt, killedAt) < _inFlight, $"{repeats.Key} was not in flight when the silo died");
        }
    }
}
