using DlqCluster.Messages;
using DlqCluster.Simulation.Silos;

namespace DlqCluster.Simulation.Downstreams;

/// <summary>One attempt as the downstream and the wire to it saw it. All times are the world's own.</summary>
internal sealed class Send
{
    /// <summary>Its place among all.</summary>
    public required int Number { get; init; }

    public required MessageId MessageId { get; init; }

    /// <summary>The silo that sent it, in that life.</summary>
    public required VirtualSilo Silo { get; init; }

    public required string Target { get; init; }

    /// <summary>The attempt's number, as it was sent along.</summary>
    public required int Attempt { get; init; }

    /// <summary>The generation that was recorded for the message when it was sent.</summary>
    public required int Generation { get; init; }

    public required string Body { get; init; }

    public required TimeSpan StartedAt { get; init; }

    /// <summary>When the downstream took it, whatever it said then.</summary>
    public TimeSpan? TakenAt { get; set; }

    /// <summary>When it was over for the sender: answered, timed out, given up or dead.</summary>
    public TimeSpan? EndedAt { get; set; }

    /// <summary>What the sender was told; null while it is on its way, and for ever when nobody was there any more to be told.</summary>
    public AttemptResult? Told { get; set; }

    /// <summary>Whether two silos may have held the message since its record was written: then what was sent may be from an older one.</summary>
    public bool MayBeOutOfDate { get; set; }

    public override string ToString() => $"send {Number} of {MessageId} generation {Generation} attempt {Attempt} by {Silo.Name} at {StartedAt.TotalMilliseconds}";
}

/// <summary>How a downstream is at present.</summary>
/// <param name="IsDown">Whether it refuses every connection.</param>
/// <param name="Hangs">The share that it never answers.</param>
/// <param name="IsLate">The share that it takes, and answers when nobody listens any more.</param>
/// <param name="Breaks">The share that it takes, and whose answer is lost.</param>
/// <param name="Fails">The share that it answers with an error.</param>
/// <param name="MostDelayMs">The longest that it takes to answer.</param>
internal readonly record struct DownstreamWeather(bool IsDown, double Hangs, double IsLate, double Breaks, double Fails, int MostDelayMs)
{
    /// <summary>A downstream as one wishes it.</summary>
    public static DownstreamWeather Fair { get; } = new(false, 0, 0, 0, 0, 60);
}
