using DlqCluster.Breakers;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>
/// Who is asked while the silo starts. On the embedded engine alone: it can be stopped in the middle of its start, between two steps that are
/// known, where a cluster's silos start side by side.
/// </summary>
public sealed class AskedAtStartTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_breaker_that_is_asked_before_the_downstreams_are_known_waits_for_its_settings()
    {
        using var world = new World(("Downstreams:default:Breaker:Probes", "1"));
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "for a moment", "ann", _second));
            await world.StopAsync();
            // The first state that a start reads is the catalogue of the downstreams.
            var read = new TaskCompletionSource();
            var reads = 0;
            world.States.Before = operation => operation == "state.read" && ++reads == 1 ? read.Task : Task.CompletedTask;
            var starting = world.StartAsync();
            await world.Time.AdvanceAsync(_second * 2);
            var asked = new[] { world.Breaker().AcquireProbe("a"), world.Breaker().AcquireProbe("b") };
            await world.Time.AdvanceAsync(_second);
            Assert.All(asked, static task => Assert.False(task.IsCompleted));
            read.SetResult();
            await starting;
            Assert.Single(await Task.WhenAll(asked), static answer => answer.Permit is not null);
            await world.StopAsync();
        });
    }
}
