using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.RegularExpressions;

namespace DlqCluster.Hosting;

/// <summary>Where messages may be sent. Beside these, <c>Downstreams:{name}</c> defines downstreams.</summary>
public sealed partial class OutgoingOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Downstreams";

    /// <summary>
    /// Whether downstreams may be on this machine or in private networks. Unless it is set: where the service listens on loopback addresses only.
    /// Link-local addresses, where clouds answer with credentials, are never allowed by this.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>Hosts by name that may be in private networks, and addresses or networks (CIDR) that are allowed whatever they are; at most 1,000.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>The members of the section that are no downstreams.</summary>
    internal static IReadOnlySet<string> Names { get; } = new HashSet<string>([nameof(AllowPrivateNetworks), nameof(AllowedHosts)], StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AllowedHosts.Count > 1_000) yield return new ValidationResult("At most 1,000 are possible.", [nameof(AllowedHosts)]);
        foreach (var host in AllowedHosts.Where(static host => !IPNetwork.TryParse(host, out _) && !IPAddress.TryParse(host, out _) && !HostName().IsMatch(host)))
            yield return new ValidationResult($"Downstreams:AllowedHosts has '{host}', which is no host name, no IP address and no network such as 10.0.0.0/8.", [nameof(AllowedHosts)]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\z")]
    private static partial Regex HostName();
}
