using DlqCluster.Simulation.Bugs;
using DlqCluster.Simulation.Running;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation;

/// <summary>The simulator's share of every test run.</summary>
public sealed class SeedTests
{
    private const int Seeds = 500;
    private const int Threads = 2;

    /// <summary>
    /// Seeds that broke a promise once. A seed draws something else whenever the workload grows; what each of them showed also has a test of its
    /// own, among the tests of the grains.
    /// </summary>
    public static TheoryData<ulong> Regressions => [1285, 3426, 4100, 5106, 11064, 11631, 15605, 24566, 35315, 37915, 46573, 54096, 61679, 76149, 209399, 302443, 308612, 310415];

    [Fact]
    public void Every_promise_is_kept_for_a_number_of_seeds()
    {
        var failing = new LongRun(1, Seeds, Threads).Run();
        Assert.True(failing.Count == 0, failing.Count == 0 ? "" : Report.On(failing[0], Bug.None));
    }

    [Theory]
    [MemberData(nameof(Regressions))]
    public void What_was_once_broken_holds(ulong seed)
    {
        var outcome = Run.Of(Plan.Draw(seed));
        Assert.True(outcome.Failure is null, outcome.Failure);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(333)]
    public void The_same_seed_writes_the_same_trace_byte_for_byte(ulong seed)
    {
        var first = Run.Of(Plan.Draw(seed), keepsText: true);
        var second = Run.Of(Plan.Draw(seed), keepsText: true);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Hash, second.Hash);
        Assert.Equal(first.Hash, Run.Of(Plan.Draw(seed)).Hash);
    }

    [Fact]
    public void Another_seed_is_another_world() =>
        Assert.Equal(20, Enumerable.Range(1, 20).Select(seed => Run.Of(Plan.Draw((ulong)seed)).Hash).Distinct().Count());
}
