using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Simulation.Downstreams;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>All that the world has seen of one message. All times are the world's own.</summary>
/// <param name="id">The message's id.</param>
internal sealed class MessageFile(MessageId id)
{
    public MessageId Id => id;

    /// <summary>What its clients mean to send; null for an id that no client has used.</summary>
    public MessageSpec? Spec { get; set; }

    /// <summary>The variants of its body that clients have tried to send.</summary>
    public List<int> Tried { get; } = [];

    /// <summary>When a client first tried to send it.</summary>
    public TimeSpan FirstTriedAt { get; set; }

    /// <summary>Whether an operator has asked for it to be passed over by its lane.</summary>
    public bool MayBeSkipped { get; set; }

    /// <summary>Whether its letter was closed once, or a replay of it ended otherwise than in the dead-letter queue: its lane went on then.</summary>
    public bool WasReleased { get; set; }

    /// <summary>The latest expiry that a client gave it; null when one gave none.</summary>
    public DateTimeOffset? Expiry { get; set; }

    /// <summary>The earliest time of delivery that a client gave it; null when one gave none.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>The variant that was acknowledged, since the id was last free.</summary>
    public int? Acknowledged { get; set; }

    /// <summary>When a client first heard that it was accepted.</summary>
    public TimeSpan? AcknowledgedAt { get; set; }

    /// <summary>When somebody heard that it was cancelled.</summary>
    public TimeSpan? CancelledAt { get; set; }

    /// <summary>Its record as it is stored; null when there is none.</summary>
    public MessageRecord? Record { get; set; }

    /// <summary>The life of the silo that wrote the record last.</summary>
    public VirtualSilo? Writer { get; set; }

    /// <summary>When the record was last written.</summary>
    public TimeSpan WrittenAt { get; set; }

    /// <summary>When the end that is recorded was recorded.</summary>
    public TimeSpan EndedAt { get; set; }

    /// <summary>When its record was last removed.</summary>
    public TimeSpan? ForgottenAt { get; set; }

    /// <summary>Its letter as it is stored; null when there is none.</summary>
    public Letter? Letter { get; set; }

    /// <summary>When its letter was first stored.</summary>
    public TimeSpan LetterAt { get; set; }

    /// <summary>Its attempts, in order.</summary>
    public List<Send> Sends { get; } = [];

    public override string ToString() => Spec is null ? id.Value : $"{id.Value} (message {Spec.Ordinal})";
}
