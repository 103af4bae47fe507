using System.Net;
using System.Net.Sockets;

namespace DlqCluster.Downstreams;

/// <summary>What a network address is, as far as it matters to who sends requests on behalf of others.</summary>
internal enum AddressClass
{
    /// <summary>Anybody may be there.</summary>
    Public,

    /// <summary>This machine, or a private network: loopback, RFC 1918, unique local, carrier-grade NAT.</summary>
    Private,

    /// <summary>No place for a downstream at all: link-local, where clouds answer with credentials; multicast; unspecified; reserved.</summary>
    Forbidden,
}

/// <summary>Tells what an address is. An IPv4 address that stands inside an IPv6 address is what counts.</summary>
internal static class AddressClasses
{
    // Where clouds answer with credentials, beside those that are link-local.
    private static readonly IPAddress[] _metadata =
    [
        IPAddress.Parse("168.63.129.16"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("192.0.0.192"), IPAddress.Parse("fd00:ec2::254"),
        IPAddress.Parse("fd20:ce::254"),
    ];

    private static readonly IPNetwork[] _private = Networks("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7");

    private static readonly IPNetwork[] _forbidden = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20");

    // Global unicast. Everything else of IPv6 is for other uses, or for none yet.
    private static readonly IPNetwork _global = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork _sixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork _nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork _compatible = IPNetwork.Parse("::/96");

    /// <summary>What an address is.</summary>
    /// <param name="address">The address.</param>
    public static AddressClass Of(IPAddress address)
    {
        address = Inner(address);
        if (_metadata.Contains(address)) return AddressClass.Forbidden;
        if (_private.Any(network => network.Contains(address))) return AddressClass.Private;
        if (_forbidden.Any(network => network.Contains(address))) return AddressClass.Forbidden;
        return address.AddressFamily == AddressFamily.InterNetwork || _global.Contains(address) ? AddressClass.Public : AddressClass.Forbidden;
    }

    /// <summary>The IPv4 address that an IPv6 address stands for, however it is written; else the address itself.</summary>
    /// <param name="address">The address.</param>
    public static IPAddress Inner(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        // A scope says through which interface, not where to.
        address = new IPAddress(address.GetAddressBytes());
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (_sixToFour.Contains(address)) return new IPAddress(bytes.AsSpan(2, 4));
        if (_nat64.Contains(address)) return new IPAddress(bytes.AsSpan(12, 4));
        // The old way to write IPv4 inside IPv6; unspecified and loopback stand there too, and mean themselves.
        var compatible = _compatible.Contains(address) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.IPv6Loopback);
        return compatible ? new IPAddress(bytes.AsSpan(12, 4)) : address;
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
