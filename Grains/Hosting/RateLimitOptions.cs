using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Hosting;

/// <summary>How many requests to hand in messages a client may make of one process of the API.</summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "RateLimit";

    /// <summary>Whether clients without a limit of their own are limited. Unless it is set: where other machines can reach the service.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Requests a minute that a client may make in the long run, 1 to 10,000,000; a batch is one. A client is an API key, else a network address.</summary>
    [Range(1, 10_000_000)] public int RequestsPerMinute { get; set; } = 100;

    /// <summary>Requests that a client that was quiet may make at once, 1 to 10,000,000.</summary>
    [Range(1, 10_000_000)] public int Burst { get; set; } = 100;

    /// <summary>Clients that are told apart, 16 to 1,000,000; beyond it the one that was quiet longest is forgotten.</summary>
    [Range(16, 1_000_000)] public int MaxClients { get; set; } = 100_000;
}
