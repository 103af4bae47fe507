using DlqCluster.Ledger;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>What all silos do, added up.</summary>
public sealed class QueueCensusTests
{
    [Fact]
    [Trait("Spec", "OB4")]
    public void It_adds_up_what_the_silos_say_and_forgets_those_that_are_silent()
    {
        using var world = new World(("Ledger:CountIntervalMs", "1000"));
        world.Run(async () =>
        {
            var census = world.Grains.GetGrain<IQueueCensusGrain>(0);
            Assert.Equal(new SiloWork(0, 0, 0), await census.Exchange("a", new SiloWork(1, 10, 100, 1_000)));
            Assert.Equal(new SiloWork(1, 10, 100, 1_000), await census.Exchange("b", new SiloWork(2, 20, 200, 2_000)));
            Assert.Equal(new SiloWork(2, 20, 200, 2_000), await census.Exchange("a", new SiloWork(3, 30, 300, 3_000)));
            Assert.Equal(new SiloWork(5, 50, 500, 5_000), await census.Get());

            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            await census.Exchange("a", new SiloWork(0, 31, 300));
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));

            Assert.Equal(new SiloWork(0, 31, 300), await census.Get());
        });
    }
}
