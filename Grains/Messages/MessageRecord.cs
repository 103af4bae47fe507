using System.Text.Json.Serialization;
using DlqCluster.Conversations;
using DlqCluster.Recipients;

namespace DlqCluster.Messages;

/// <summary>What a message grain stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.MessageRecord")]
public sealed record MessageRecord
{
    /// <summary>Scheduled, Pending or Retrying while it lives; afterwards its end.</summary>
    [Id(0)] public MessageState State { get; init; }

    /// <summary>The message; once it has ended, without its payload.</summary>
    [Id(1)] public Envelope Envelope { get; init; } = Envelope.Empty;

    /// <summary>Tells a repeat from another message under the same key; null when the message came here from a letter alone.</summary>
    [Id(2)] public string? RequestHash { get; init; }

    /// <summary>Attempts recorded in the present generation.</summary>
    [Id(3)] public int AttemptsMade { get; init; }

    /// <summary>Details of the newest attempts, oldest first.</summary>
    [Id(4)] public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Not to be tried before this.</summary>
    [Id(5)] public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it came to its end.</summary>
    [Id(6)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>0 for the message itself, n for its nth replay.</summary>
    [Id(7)] public int Generation { get; init; }

    /// <summary>What the dead-letter partition must still be told; null when it knows all.</summary>
    [Id(8)] public LetterNews? Owed { get; init; }

    /// <summary>Grows with every write: it tells whether a write of unknown outcome happened.</summary>
    [Id(9)] public long Revision { get; init; }

    /// <summary>The downstream that it was first sent to, when a replay goes to another one: its ordering lane there may be waiting for it.</summary>
    [Id(10)] public string? FirstTarget { get; init; }

    /// <summary>Until when, and why, its recipient's preferences hold it back.</summary>
    [Id(11)] public Hold? Hold { get; init; }

    /// <summary>The receipts of those who gave one; null while nobody has.</summary>
    [Id(12)] public IReadOnlyList<Receipt>? Receipts { get; init; }

    /// <summary>Whether it has come to its end.</summary>
    [JsonIgnore] public bool HasEnded => State.IsTerminal();

    /// <summary>Whether a letter may exist for it.</summary>
    [JsonIgnore] public bool MayHaveLetter => Generation > 0 || State == MessageState.DeadLettered;
}

/// <summary>News that a message owes to its dead-letter partition.</summary>
[GenerateSerializer, Immutable, Alias("dlq.LetterNews")]
public sealed record LetterNews
{
    /// <summary>How the message, or its replay, ended; DeadLettered for one that is to be admitted.</summary>
    [Id(0)] public MessageState End { get; init; }

    /// <summary>The last error in words.</summary>
    [Id(1)] public string? ErrorReason { get; init; }

    /// <summary>More of it.</summary>
    [Id(2)] public string? ErrorStack { get; init; }

    /// <summary>Its type.</summary>
    [Id(3)] public ErrorType ErrorType { get; init; }
}
