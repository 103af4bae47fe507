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

    /// <summary>
    /// Keys held up by a dead letter that <c>GET /api/system/health</c> counts with what waits behind them, 1 to 10,000; with so many, how many more
    /// there are matters little.
    /// </summary>
    [Range(1, 10_000)] public int MaxHeldCounted { get; set; } = 100;

    /// <summary>How old that count may get, however many ask, in milliseconds, 100 to 3,600,000.</summary>
    [Range(100, 3_600_000)] public int HeldCountMs { get; set; } = 5_000;
}
