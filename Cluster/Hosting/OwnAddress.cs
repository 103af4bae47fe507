using System.Net;
using System.Net.Sockets;
using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;

namespace DlqCluster.Cluster.Hosting;

/// <summary>The address by which other processes reach this silo. Containers get theirs when they start, so nobody can write it down before.</summary>
internal static class OwnAddress
{
    /// <summary>What stands for the address from which this process reaches Redis, as all others do.</summary>
    public const string Auto = "auto";

    private const string Setting = $"{ClusterSettings.Section}:{nameof(ClusterSettings.AdvertisedAddress)}";

    /// <summary>The address.</summary>
    /// <param name="setting">An IP address, or <see cref="Auto"/>.</param>
    /// <param name="redis">Where Redis is.</param>
    /// <exception cref="InvalidConfigurationException">There is no way to Redis now.</exception>
    public static IPAddress Of(string setting, string redis) => setting == Auto ? Towards(redis) : IPAddress.Parse(setting);

    private static IPAddress Towards(string redis)
    {
        if (!RedisConnectionString.TryParse(redis, out var options))
            throw new InvalidConfigurationException($"{Setting} is '{Auto}', and {RedisOptions.Section}:{nameof(RedisOptions.ConnectionString)} cannot be read.");
        try
        {
            // Sends nothing: it only asks the system which way it would take.
            return options.EndPoints[0] is DnsEndPoint name ? Try(socket => socket.Connect(name.Host, name.Port)) : Try(socket => socket.Connect(options.EndPoints[0]));
        }
        catch (SocketException error)
        {
            throw new InvalidConfigurationException($"{Setting} is '{Auto}', but there is no way to Redis that would tell the address ({error.Message}). Start Redis first, or set the address.", error);
        }
    }

    private static IPAddress Try(Action<Socket> connect)
    {
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        connect(socket);
        var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
