using System.ComponentModel.DataAnnotations;
using System.Net;

namespace DlqCluster.Cluster.Hosting;

/// <summary>What a process of the cluster does.</summary>
public enum ClusterRole
{
    /// <summary>It runs grains, and answers over HTTP about its health alone.</summary>
    Silo,

    /// <summary>It answers over HTTP, and calls the grains of the silos.</summary>
    Api,

    /// <summary>Both.</summary>
    All,
}

/// <summary>A process' place in the cluster: configuration section <c>Cluster</c>.</summary>
public sealed class ClusterSettings : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Cluster";

    private const string Name = "^[A-Za-z0-9._-]{1,64}$";
    private const int MaxPort = IPEndPoint.MaxPort;

    /// <summary>What this process does: <c>silo</c>, <c>api</c> or <c>all</c>. With <c>Storage:Kind</c> sqlite it is always <c>all</c>.</summary>
    public ClusterRole Role { get; set; } = ClusterRole.Silo;

    /// <summary>The cluster's name: processes with the same one, on the same Redis, find each other.</summary>
    [Required, RegularExpression(Name)] public string ClusterId { get; set; } = "dlq";

    /// <summary>The name that the data is kept under. It outlives clusters: under another one there is other data.</summary>
    [Required, RegularExpression(Name)] public string ServiceId { get; set; } = "dlq";

    /// <summary>
    /// The address by which other processes reach this silo, and the only one that it listens on. A loopback address is for clusters on one
    /// machine; <c>auto</c> is the address from which it reaches Redis.
    /// </summary>
    [Required] public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos, 0 to 65,535; 0 for any that is free.</summary>
    [Range(0, MaxPort)] public int SiloPort { get; set; } = 11111;

    /// <summary>The port for API processes, 0 to 65,535; 0 for any that is free.</summary>
    [Range(0, MaxPort)] public int GatewayPort { get; set; } = 30000;

    /// <summary>How many silos there should be; health says so when there are fewer. 0 when nobody can tell, 0 to 10,000.</summary>
    [Range(0, 10_000)] public int ExpectedSilos { get; set; }

    /// <summary>How long a start waits for the stores, and for a first silo, before it gives up; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")] public TimeSpan StartPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a call to a grain may take before its caller is told so; 1 second to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")] public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a silo waits for the answer to a probe of another one; 500 milliseconds to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:01:00")] public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>After how many probes in a row without an answer a silo is suspected to be dead, 1 to 100.</summary>
    [Range(1, 100)] public int MissedProbes { get; set; } = 3;

    /// <summary>How often a silo writes down that it is alive. One that has missed three is no obstacle to others that start; 1 second to 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")] public TimeSpan AliveInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a grain that nobody calls stays in memory; 2 minutes to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:02:00", "1.00:00:00")] public TimeSpan IdleAge { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a silo sees to it that its share of the partitions is with it, beside each change of the silos; 1 second to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")] public TimeSpan ShareInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AdvertisedAddress == OwnAddress.Auto) yield break;
        if (!IPAddress.TryParse(AdvertisedAddress, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(AdvertisedAddress)} is '{AdvertisedAddress}'. It must be the IP address by which other processes reach this one, or '{OwnAddress.Auto}'.",
                [nameof(AdvertisedAddress)]);
        }
    }
}
