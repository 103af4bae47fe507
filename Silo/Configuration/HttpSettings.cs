using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DlqCluster.Hosting;

namespace DlqCluster.Silo.Configuration;

/// <summary>Where the service listens.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 for any that is free.</param>
/// <param name="Certificate">What it is known by; null to speak HTTP without TLS.</param>
/// <param name="Vouching">The certificates that vouch for it, which clients are sent too.</param>
internal sealed record HttpSettings(IPAddress Address, int Port, X509Certificate2? Certificate = null, X509Certificate2Collection? Vouching = null)
{
    /// <summary>The port's setting: 0 to 65,535.</summary>
    public const string PortKey = "Http:Port";

    /// <summary>The address's setting: an IP address, or <c>localhost</c>. Others than this machine's own need credentials.</summary>
    public const string AddressKey = "Http:Address";

    /// <summary>The certificate's setting: a PEM file with the certificate and those that vouch for it. With it the service speaks HTTPS only.</summary>
    public const string CertificateKey = "Http:CertificateFile";

    /// <summary>The private key's setting: a PEM file; the certificate's own when it is not set.</summary>
    public const string PrivateKeyKey = "Http:CertificateKeyFile";

    /// <summary>The port when none is set.</summary>
    public const string DefaultPort = "3000";

    /// <summary>The address when none is set.</summary>
    public const string DefaultAddress = "127.0.0.1";

    private const string LocalHost = "localhost";

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

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
        var (certificate, vouching) = ReadCertificate(configuration);
        return new HttpSettings(address, port, certificate, vouching);
    }

    private static (X509Certificate2?, X509Certificate2Collection?) ReadCertificate(IConfiguration configuration)
    {
        if (configuration[CertificateKey] is not { Length: > 0 } file) return (null, null);
        try
        {
            var vouching = new X509Certificate2Collection();
            vouching.ImportFromPemFile(file);
            return (X509Certificate2.CreateFromPemFile(file, configuration[PrivateKeyKey]), vouching);
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException(
                $"{CertificateKey} is '{file}' and {PrivateKeyKey} '{configuration[PrivateKeyKey]}', which are no certificate in PEM with its private key. {error.Message}", error);
        }
    }
}
