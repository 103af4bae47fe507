using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Hosting;

/// <summary>How long the record of operators' acts is kept.</summary>
public sealed class AuditOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Audit";

    /// <summary>How long an entry is kept, 1 hour to 3,650 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")] public TimeSpan Retention { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Most entries that are kept; beyond it the oldest go. 1,000 to 100,000,000.</summary>
    [Range(1_000, 100_000_000)] public long MaxEntries { get; set; } = 1_000_000;

    /// <summary>How often what is too old is removed, 1 second to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] public TimeSpan PurgeInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Entries that are removed in one write, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int PurgeBatch { get; set; } = 1_000;

    /// <summary>
    /// Refusals for want of credentials that a process records each minute, 1 to 100,000. What exceeds it is counted in the next one that is
    /// recorded, so that nobody can push the acts of others out of the record.
    /// </summary>
    [Range(1, 100_000)] public int MaxRefusalsPerMinute { get; set; } = 60;
}
