using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Payloads;

/// <summary>Where payloads are kept.</summary>
public sealed class PayloadOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Payloads";

    /// <summary>
    /// Largest payload that is kept with its message, in bytes, 0 to 16 MiB; a larger one is kept in the payload store. How large a payload
    /// may be at all, <c>Ingest:MaxBodyBytes</c> says. In a cluster the default is 2 KiB.
    /// </summary>
    [Range(0, 16 * 1024 * 1024)] public int InlineLimit { get; set; } = 64 * 1024;

    /// <summary>How long a payload must have been stored before it may be found to belong to no message, 1 second to 365 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")] public TimeSpan OrphanAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often stored payloads are looked at for whether they still belong to a message, in milliseconds, 100 to 86,400,000.</summary>
    [Range(100, 86_400_000)] public int SweepIntervalMs { get; set; } = 60_000;

    /// <summary>Payloads that one look takes in, 1 to 10,000. The next one goes on from there.</summary>
    [Range(1, 10_000)] public int SweepBatch { get; set; } = 500;
}
