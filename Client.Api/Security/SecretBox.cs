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
    private const string Folder = "keys";

    /// <summary>Adds it. Its directory is made when the first secret is sealed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Where it is.</param>
    public static IServiceCollection AddSecretBox(this IServiceCollection services, IConfiguration configuration)
    {
        var security = configuration.GetSection(SecurityOptions.Section);
        var directory = security[nameof(SecurityOptions.KeyRingDirectory)] is { Length: > 0 } own
            ? own
            : Path.Combine(configuration[DataDirectoryKey] ?? DefaultDataDirectory, Folder);
        var ring = services.AddDataProtection().SetApplicationName(Application).PersistKeysToFileSystem(new DirectoryInfo(directory));
        if (security[nameof(SecurityOptions.KeyRingCertificate)] is { Length: > 0 } file) ring.ProtectKeysWithCertificate(Read(file));
        // That keys lie unencrypted where the configuration puts them is documented, and no news at each start.
        services.AddLogging(static logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        return services.AddSingleton<ISecretBox, SecretBox>();
    }

    private static X509Certificate2 Read(string file)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(file);
            return certificate.GetRSAPrivateKey() is not null ? certificate : throw new System.Security.Cryptography.CryptographicException("Its key is no RSA key, and others encrypt nothing.");
        }
        catch (Exception error) when (error is IOException or System.Security.Cryptography.CryptographicException)
        {
            throw new InvalidConfigurationException($"Security:KeyRingCertificate is '{file}', which is no file with a certificate and its private key in PEM. {error.Message}", error);
        }
    }
}
