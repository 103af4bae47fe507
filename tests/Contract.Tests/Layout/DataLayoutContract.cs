using DlqCluster.Storage;

namespace DlqCluster.Contract.Tests.Layout;

/// <summary>What a start expects of the store that knows how the data is laid out.</summary>
public abstract class DataLayoutContract
{
    protected abstract IDataLayout Layout { get; }

    /// <summary>The same data after a restart.</summary>
    protected abstract IDataLayout Reopen();

    [Fact]
    public async Task The_first_number_of_partitions_holds_for_ever()
    {
        Assert.Equal(4_096, await Layout.FixPartitionsAsync(4_096));
        Assert.Equal(4_096, await Layout.FixPartitionsAsync(16));
        Assert.Equal(4_096, await Reopen().FixPartitionsAsync(1));
    }

    [Fact]
    public async Task Of_several_that_start_at_once_one_decides()
    {
        var found = await Task.WhenAll(Enumerable.Range(1, 20).Select(count => Layout.FixPartitionsAsync(count)));
        Assert.Single(found.Distinct());
        Assert.InRange(found[0], 1, 20);
    }
}
