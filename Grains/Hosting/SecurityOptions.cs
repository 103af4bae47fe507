using System.ComponentModel.DataAnnotations;
using System.Net;

namespace DlqCluster.Hosting;

/// <summary>Who may do what.</summary>
public sealed class SecurityOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Security";

    private const int MaxTokenLength = 1_024;
    private const int MinTokenLength = 12;

    /// <summary>
    /// The bearer token that may do everything, 12 to 1,024 printable ASCII characters without spaces. Without one, requests from this machine
    /// may do everything, for as long as the service listens on loopback addresses only.
    /// </summary>
    public string? AdminToken { get; set; }

    /// <summary>Most API keys there may be, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MaxKeys { get; set; } = 1_000;

    /// <summary>How old a process's copy of the API keys may get, and so how long one that is revoked may still be used, in milliseconds, 10 to 60,000.</summary>
    [Range(10, 60_000)] public int KeyRefreshMs { get; set; } = 1_000;

    /// <summary>How long a use of a key may go unrecorded, in milliseconds, 1,000 to 86,400,000.</summary>
    [Range(1_000, 86_400_000)] public int LastUsedIntervalMs { get; set; } = 300_000;

    /// <summary>How long a session of the console lasts at most, in minutes, 1 to 43,200; it ends earlier with the API key that it was made of.</summary>
    [Range(1, 43_200)] public int SessionMinutes { get; set; } = 480;

    /// <summary>
    /// Wrong credentials that one network address may send in a minute, 1 to 100,000. Beyond it the address gets 429, and what it sends as admin
    /// token is not even compared; API keys, which nobody can guess, still are.
    /// </summary>
    [Range(1, 100_000)] public int MaxFailuresPerMinute { get; set; } = 20;

    /// <summary>
    /// The directory of the keys that seal stored secrets and sessions of the console; all processes of a cluster need the same. Unless it is
    /// set: <c>keys</c> in the data directory, and in Redis for a cluster. Who loses it loses the secrets of the downstreams.
    /// </summary>
    public string? KeyRingDirectory { get; set; }

    /// <summary>A file with a certificate and its private key (PEM, RSA, not encrypted), which encrypts the keys themselves; without one, only the permissions of their place guard them.</summary>
    public string? KeyRingCertificate { get; set; }

    /// <summary>
    /// Addresses and networks (CIDR) of reverse proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed; from anybody else,
    /// and where none is named, these headers change nothing.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>Network addresses whose wrong credentials are counted one by one, 16 to 1,000,000; beyond it the one that was quiet longest is forgotten.</summary>
    [Range(16, 1_000_000)] public int MaxTrackedClients { get; set; } = 10_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Never with the value: this goes to the console.
        if (!string.IsNullOrEmpty(AdminToken) && (AdminToken.Length is < MinTokenLength or > MaxTokenLength || AdminToken.Any(static c => c is <= ' ' or > '~')))
            yield return new ValidationResult(
                $"Security:AdminToken (ADMIN_TOKEN) must be {MinTokenLength} to {MaxTokenLength} printable ASCII characters without spaces.", [nameof(AdminToken)]);
        foreach (var proxy in TrustedProxies.Where(static proxy => !IPNetwork.TryParse(proxy, out _) && !IPAddress.TryParse(proxy, out _)))
            yield return new ValidationResult($"Security:TrustedProxies has '{proxy}', which is no IP address and no network such as 10.0.0.0/8.", [nameof(TrustedProxies)]);
    }
}
