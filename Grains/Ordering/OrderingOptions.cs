using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Ordering;

/// <summary>How messages with an ordering key are kept in order.</summary>
public sealed class OrderingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ordering";

    /// <summary>Messages of one ordering key that may wait for one downstream before submits get 503; 1 to 100,000.</summary>
    [Range(1, 100_000)] public int MaxLaneLength { get; set; } = 10_000;

    /// <summary>
    /// How often a message that waits behind others of its key looks whether it still has to, in milliseconds, 1,000 to 86,400,000. It is
    /// told when its turn has come; this is for when that was lost.
    /// </summary>
    [Range(1_000, 86_400_000)] public int RecheckMs { get; set; } = 600_000;
}
