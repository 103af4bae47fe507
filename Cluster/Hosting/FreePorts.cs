using System.Net;
using System.Net.Sockets;
using DlqCluster.Hosting;

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

    /// <summary>The port that is set, or a free one where it is 0.</summary>
    /// <param name="address">On this address.</param>
    /// <param name="port">What is set.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="free">A port that is free.</param>
    /// <exception cref="InvalidConfigurationException">Somebody listens on it.</exception>
    public static int Choose(IPAddress address, int port, string setting, int free)
    {
        if (port == 0) return free;
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return port;
        }
        catch (SocketException error)
        {
            throw new InvalidConfigurationException(
                $"{ClusterSettings.Section}:{setting} {port} on {address} cannot be listened on ({error.Message}). Choose another port, or 0 for any "
                + "that is free.",
                error);
        }
    }
}
