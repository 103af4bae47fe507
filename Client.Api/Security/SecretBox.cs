using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Security;

/// <summary>Seals secrets with the key ring of ASP.NET Core Data Protection: AES-256, authenticated, with keys that change by themselves.</summary>
/// <param name="provider">The key ring.</param>
internal sealed class SecretBox(IDataProtectionProvider provider) : ISecretBox
{
    private readonly IDataProtector _protector = provider.CreateProtector("downstreams");

    /// <inheritdoc/>
    public string Seal(string secret) => _protector.Protect(secret);

    /// <inheritdoc/>
    public string Open(string sealedSecret) => _protector.Unprotect(sealedSecret);
}

/// <summary>Puts the key ring into a host.</summary>
internal static class SecretBoxes
{
    private const string Application = "Orleans.DlqCluster";
    private const string DataDirectoryKey = "Storage:DataDirectory";
    private const string DefaultDataDirectory = "data";

    /// <summary>Adds it. Its directory is made when the first secret is sealed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Where it is.</param>
    public static IServiceCollection AddSecretBox(this IServiceCollection services, IConfiguration configuration)
    {
        var security = configuration.GetSection(SecurityOptions.Section);
        var own = security[nameof(SecurityOptions.KeyRingDirectory)];
        var belongsToData = string.IsNullOrEmpty(own);
        var directory = belongsToData ? Path.Combine(configuration[DataDirectoryKey] ?? DefaultDataDirectory, KeyRing.Folder) : own!;
        var ring = services.AddDataProtection().SetApplicationName(Application).PersistKeysToFileSystem(new DirectoryInfo(directory));
        if (security[nameof(SecurityOptions.KeyRingCertificate)] is { Length: > 0 } file) ring.ProtectKeysWithCertificate(Read(file));
        // That keys lie unencrypted where the configuration puts them is documented, and no news at each start.
        services.AddLogging(static logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddSingleton(new KeyRing(directory, belongsToData, isEncrypted: !string.IsNullOrEmpty(security[nameof(SecurityOptions.KeyRingCertificate)])));
        return services.AddSingleton<ISecretBox, SecretBox>();
    }

    private static X509Certificate2 Read(string file)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException($"Security:KeyRingCertificate is '{file}', which is no file with a certificate and its private key, RSA and not encrypted, in PEM. {error.Message}", error);
        }

        using var key = certificate.GetRSAPrivateKey();
        return key is not null
            ? certificate
            : throw new InvalidConfigurationException(
                $"Security:KeyRingCertificate is '{file}', whose key is of the kind {certificate.PublicKey.Oid.FriendlyName}. It must be an RSA key, since others only sign and the key ring is to be encrypted.");
    }
}
