using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Silo.Memory;

/// <summary>When memory that a burst of work took is given back.</summary>
internal sealed class MemoryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Memory";

    /// <summary>
    /// How often the service looks whether it has come to rest after work, to give back the memory that the work took, in milliseconds, 0 to
    /// 3,600,000; 0 to never give any back.
    /// </summary>
    [Range(0, 3_600_000)] public int RestIntervalMs { get; set; } = 10_000;

    /// <summary>
    /// Up to what it may have allocated a second between two such looks to be at rest, in KiB, 1 to 1,000,000. A service with nothing to do allocates
    /// about 65, and about 22 more for each message.
    /// </summary>
    [Range(1, 1_000_000)] public int RestKbPerSecond { get; set; } = 512;

    /// <summary>How much work must have allocated for its memory to be worth giving back, in MiB, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)] public int WorkMb { get; set; } = 64;
}
