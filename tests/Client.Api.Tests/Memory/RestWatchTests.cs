using DlqCluster.Silo.Memory;

namespace DlqCluster.Api.Tests.Memory;

/// <summary>When memory is given back: once after each spell of work, and never for what being idle allocates.</summary>
[Trait("Spec", "OP1")]
public sealed class RestWatchTests
{
    private const long Kb = 1024;
    private const long Mb = 1024 * Kb;

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly MemoryOptions _limits = new() { RestKbPerSecond = 500, WorkMb = 10 };

    // KiB allocated in each second, and the second (from 1) whose end is that of a spell of work; 0 for none.
    [Theory]
    [InlineData(0, 65, 65, 65, 65)]
    [InlineData(0, 20_000, 20_000, 20_000, 20_000)]
    [InlineData(3, 20_000, 20_000, 65, 65)]
    [InlineData(2, 20_000, 500, 65, 65)]
    [InlineData(3, 20_000, 501, 65, 65)]
    [InlineData(0, 5_000, 5_000, 65, 65)]
    [InlineData(4, 5_000, 65, 5_240, 65)]
    [InlineData(3, 5_000, 5_240, 0, 0)]
    public void Memory_is_given_back_at_the_first_rest_after_work_enough(int expected, params int[] kbEachSecond) =>
        Assert.Equal(expected == 0 ? [] : [expected], Ends(kbEachSecond));

    [Fact]
    public void What_is_allocated_at_rest_is_no_work_however_long_the_rest_lasts() =>
        Assert.Empty(Ends([.. Enumerable.Repeat(500, 10_000)]));

    [Fact]
    public void Each_spell_of_work_ends_once() =>
        Assert.Equal([2, 6], Ends([20_000, 0, 0, 0, 20_000, 0, 0]));

    [Fact]
    public void The_time_between_two_looks_counts_and_not_their_number()
    {
        var (_, isOver) = new RestWatch(0, Worked: 20 * Mb).Look(999 * Kb, 2 * _second, _limits);
        var (next, isOverSooner) = new RestWatch(0, Worked: 20 * Mb).Look(999 * Kb, _second, _limits);

        Assert.True(isOver);
        Assert.False(isOverSooner);
        Assert.Equal(new RestWatch(999 * Kb, (20 * Mb) + (999 * Kb)), next);
    }

    private static List<int> Ends(int[] kbEachSecond)
    {
        var ends = new List<int>();
        var watch = new RestWatch(0);
        var allocated = 0L;
        for (var second = 1; second <= kbEachSecond.Length; second++)
        {
            allocated += kbEachSecond[second - 1] * Kb;
            (watch, var isOver) = watch.Look(allocated, _second, _limits);
            if (isOver) ends.Add(second);
        }

        return ends;
    }
}
