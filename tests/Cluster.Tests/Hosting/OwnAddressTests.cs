using System.Net;
using DlqCluster.Cluster.Hosting;
using DlqCluster.Hosting;

namespace DlqCluster.Cluster.Tests.Hosting;

public sealed class OwnAddressTests
{
    [Theory]
    [InlineData("redis://127.0.0.1:6379")]
    [InlineData("127.0.0.1:6379,password=x")]
    [InlineData("redis://localhost:6379")]
    public void Auto_is_the_address_from_which_Redis_is_reached(string redis) => Assert.True(IPAddress.IsLoopback(OwnAddress.Of("auto", redis)));

    [Fact]
    public void An_address_that_is_given_is_taken_as_it_is() => Assert.Equal(IPAddress.Parse("10.1.2.3"), OwnAddress.Of("10.1.2.3", "redis://127.0.0.1"));

    [Fact]
    public void Without_a_way_to_Redis_the_start_says_so_and_shows_no_secret()
    {
        var error = Assert.Throws<InvalidConfigurationException>(() => OwnAddress.Of("auto", "redis://:hush@no-such-host.invalid:6379"));
        Assert.Contains("Cluster:AdvertisedAddress", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }
}
