using System.Globalization;
using System.Net;
using DlqCluster.Hosting;

namespace DlqCluster.Silo.Configuration;

/// <summary>Where the service listens.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 for any that is free.</param>
internal sealed record HttpSettings(IPAddress Address, int Port)
{
    /// <summary>The port's setting: 0 to 65,535.</summary>
    public const string PortKey = "Http:Port";

    /// <summary>The address's setting: an IP address, or <c>localhost</c>. Others than this machine's own need credentials.</summary>
    public const string AddressKey = "Http:Address";

    /// <summary>The port when none is set.</summary>
    public const string DefaultPort = "3000";

    /// <summary>The address when none is set.</summary>
    public const string DefaultAddress = "127.0.0.1";

    private const string LocalHost = "localhost";

    /// <summary>Reads and checks them.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidConfigurationException">A value cannot be used.</exception>
    public static HttpSettings Read(IConfiguration configuration)
    {
        var portText = configuration[PortKey] ?? DefaultPort;
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
            throw new InvalidConfigurationException($"{PortKey} is '{portText}'. It must be a whole number from 0 to {IPEndPoint.MaxPort}.");

        var addressText = configuration[AddressKey] ?? DefaultAddress;
        if (!IPAddress.TryParse(addressText == LocalHost ? DefaultAddress : addressText, out var address))
            throw new InvalidConfigurationException($"{AddressKey} is '{addressText}'. It must be an IP address such as 127.0.0.1 or 0.0.0.0.");
        return new HttpSettings(address, port);
    }
}
