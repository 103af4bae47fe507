using System.Net;
using System.Net.Sockets;

namespace DlqCluster.Cluster.Hosting;

/// <summary>Finds ports that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>Ports that are free now, all different.</summary>
    /// <param name="address">On this address.</param>
    /// <param name="count">How many.</param>
    public static int[] Take(IPAddress address, int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(address, 0)).ToArray();
        try
        {
            foreach (var listener in listeners) listener.Start();
            return [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners) listener.Dispose();
        }
    }
}
