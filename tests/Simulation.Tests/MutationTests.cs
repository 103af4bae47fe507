using DlqCluster.Simulation.Running;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation;

/// <summary>The simulator is worth what it finds: each deliberate bug, switched on alone, breaks a promise within a bounded number of seeds.</summary>
public sealed class MutationTests
{
    private const ulong MostSeeds = 300;

    public static TheoryData<string> All => [.. Bugs.Bugs.All.Select(static type => type.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void Each_deliberate_bug_is_found(string name)
    {
        for (ulong seed = 1; seed <= MostSeeds; seed++)
        {
            var outcome = Run.Of(Plan.Draw(seed), Bugs.Bugs.Named(name));
            if (outcome.Failure is null) continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {outcome.Failure}");
            return;
        }

        Assert.Fail($"{MostSeeds} seeds did not find {name}.");
    }

    [Fact]
    public void There_are_bugs_enough() => Assert.True(Bugs.Bugs.All.Count >= 15);
}
