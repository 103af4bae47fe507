using System.Net;
using DlqCluster.Cluster.Placement;

namespace DlqCluster.Cluster.Tests.Hosting;

public sealed class SharesTests
{
    private const int Grains = 4_096;

    [Fact]
    public void Shares_are_even_and_a_silo_that_comes_takes_only_its_own()
    {
        var silos = Enumerable.Range(0, 8).Select(Silo).ToArray();
        var before = Owners(silos[..7]);
        var after = Owners(silos);

        foreach (var silo in silos) Assert.InRange(after.Count(silo.Equals), Grains / 8 * 0.8, Grains / 8 * 1.2);
        for (var grain = 0; grain < Grains; grain++) Assert.True(after[grain].Equals(before[grain]) || after[grain].Equals(silos[7]));
    }

    [Fact]
    public void The_order_of_the_silos_does_not_matter_and_without_any_there_is_no_owner()
    {
        var silos = Enumerable.Range(0, 5).Select(Silo).ToArray();
        Assert.Equal(Owners(silos), Owners([.. silos.Reverse()]));
        Assert.Null(Shares.OwnerOf(Grain(1), []));
    }

    private static SiloAddress[] Owners(SiloAddress[] silos) => [.. Enumerable.Range(0, Grains).Select(grain => Shares.OwnerOf(Grain(grain), silos)!)];

    private static GrainId Grain(int key) => GrainId.Create("ledger", key.ToString("X", System.Globalization.CultureInfo.InvariantCulture));

    private static SiloAddress Silo(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111 + number), 1_000 + number);
}
