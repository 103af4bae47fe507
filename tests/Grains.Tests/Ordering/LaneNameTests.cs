using DlqCluster.Ordering;

namespace DlqCluster.Grains.Tests.Ordering;

/// <summary>The names of ordering lanes: DE8.</summary>
[Trait("Spec", "DE8")]
public sealed class LaneNameTests
{
    [Theory]
    [InlineData("default", "customer-1")]
    [InlineData("a.b-c_d", "with:colons: and / ü 💳")]
    public void A_name_survives_being_a_grain_key(string target, string key)
    {
        var name = new LaneName(target, key);
        Assert.True(LaneName.TryParse(name.ToString(), out var read));
        Assert.Equal(name, read);
    }

    [Fact]
    public void What_has_no_colon_is_no_name()
    {
        Assert.False(LaneName.TryParse("nothing", out _));
        Assert.False(LaneName.TryParse(null, out _));
    }

    [Fact]
    public void Lanes_are_spread_over_all_partitions_and_stay_where_they_are()
    {
        var counts = new int[16];
        for (var i = 0; i < 16_000; i++) counts[new LaneName("default", $"key {i}").Partition(16)]++;
        Assert.All(counts, count => Assert.InRange(count, 800, 1_200));
        // Written down: data depends on it.
        Assert.Equal(6, new LaneName("default", "customer-1").Partition(16));
    }
}
