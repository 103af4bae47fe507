using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Replays;

/// <summary>What a replay job stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayJobRecord")]
public sealed record ReplayJobRecord
{
    /// <summary>What it is to do.</summary>
    [Id(0)] public ReplayJobPlan Plan { get; init; } = new();

    /// <summary>Running, Paused or an end; it is never stored as Waiting.</summary>
    [Id(1)] public ReplayJobState State { get; init; }

    /// <summary>Why it is there.</summary>
    [Id(2)] public string? StateReason { get; init; }

    /// <summary>Who brought it there.</summary>
    [Id(3)] public string? StateBy { get; init; }

    /// <summary>When it was created.</summary>
    [Id(4)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its state last changed.</summary>
    [Id(5)] public DateTimeOffset StateAt { get; init; }

    /// <summary>When it had ended and nothing was under way any more.</summary>
    [Id(6)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Its letters, one lane a downstream.</summary>
    [Id(7)] public IReadOnlyList<ReplayLane> Lanes { get; init; } = [];

    /// <summary>Where its ramp is.</summary>
    [Id(8)] public ReplayRamp Ramp { get; init; } = new();

    /// <summary>Whether the index of the jobs knows that it has ended.</summary>
    [Id(9)] public bool Reported { get; init; }
}

/// <summary>A replay job's letters of one downstream.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayLane")]
public sealed record ReplayLane
{
    /// <summary>The downstream.</summary>
    [Id(0)] public string Target { get; init; } = "";

    /// <summary>Letters that were selected.</summary>
    [Id(1)] public long Matched { get; init; }

    /// <summary>The last letter that was taken in hand.</summary>
    [Id(2)] public LetterPlace? After { get; init; }

    /// <summary>Whether there are no more letters to take in hand.</summary>
    [Id(3)] public bool Exhausted { get; init; }

    /// <summary>Replays that delivered.</summary>
    [Id(4)] public long Delivered { get; init; }

    /// <summary>Replays that ended otherwise.</summary>
    [Id(5)] public long Failed { get; init; }

    /// <summary>Letters that were left alone.</summary>
    [Id(6)] public long Skipped { get; init; }

    /// <summary>Letters that were taken in hand, whose end is not known: not started yet, or under way.</summary>
    [Id(7)] public IReadOnlyList<MessageId> InHand { get; init; } = [];
}

/// <summary>Where a ramp is.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayRamp")]
public sealed record ReplayRamp
{
    /// <summary>0 for the first step.</summary>
    [Id(0)] public int Step { get; init; }

    /// <summary>When the step began.</summary>
    [Id(1)] public DateTimeOffset Since { get; init; }

    /// <summary>Replays that have ended within the step.</summary>
    [Id(2)] public int Ended { get; init; }

    /// <summary>Of these, those that failed.</summary>
    [Id(3)] public int Failed { get; init; }
}

/// <summary>What the index of the replay jobs stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayIndexRecord")]
public sealed record ReplayIndexRecord
{
    /// <summary>The jobs, newest first.</summary>
    [Id(0)] public IReadOnlyList<ReplayIndexEntry> Jobs { get; init; } = [];
}

/// <summary>One job in the index.</summary>
/// <param name="JobId">The job.</param>
/// <param name="MayRun">Whether it may still run; false once it has said that it has ended.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayIndexEntry")]
public sealed record ReplayIndexEntry([property: Id(0)] string JobId, [property: Id(1)] bool MayRun);
