using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// Which silo this is. The address has no listener; its generation comes from the name, so that two silos have two addresses.
/// </summary>
internal sealed class LocalSiloDetails : ILocalSiloDetails
{
    public LocalSiloDetails(IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster)
    {
        Name = silo.Value.SiloName;
        ClusterId = cluster.Value.ClusterId;
        SiloAddress = SiloAddress.New(
            IPAddress.Loopback, 0, (int)(XxHash32.Compute(Encoding.UTF8.GetBytes(Name)) & int.MaxValue));
    }

    public string Name { get; }

    public string ClusterId { get; }

    public string DnsHostName => Environment.MachineName;

    public SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress => SiloAddress;
}
