using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>
/// How late something is when somebody looks for the first time. On the embedded engine alone: its start takes no time, and a cluster's takes
/// some of the clock's.
/// </summary>
[Trait("Spec", "DE11")]
public sealed class LateAtStartTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(LedgerLanes.Active)]
    [InlineData(LedgerLanes.Scheduled)]
    [InlineData(LedgerLanes.Held)]
    [InlineData("to:default")]
    [InlineData("to:nowhere")]
    public void What_was_due_before_anybody_could_look_is_sent_at_once_and_told_as_late(string lane)
    {
        using var world = new World(("Ledger:RecoverAtStart", "false"));
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now + _hour });
            await world.StopAsync();
            await world.Ledger.PutAsync(new LedgerEntry(0, id, lane, world.Now + _hour));
            await world.Time.AdvanceAsync(3 * _hour);
            await world.StartAsync();
            var queue = world.Services.GetRequiredService<IQueueStatus>();
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(1));
            // What waits for a gate has a rank and no due time: the greatest wait there is told by what is parked.
            var isTimed = LedgerLanes.TargetOf(lane) is null;
            Assert.Equal(isTimed ? TimeSpan.FromHours(2).TotalMilliseconds : 0, queue.Current.GreatestLatenessMs);

            await world.UntilAsync(id, MessageState.Delivered, _second);
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(0, queue.Current.GreatestLatenessMs);
        });
    }
}
