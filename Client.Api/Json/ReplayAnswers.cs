using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Api.Json;

/// <summary>A replay job was started.</summary>
/// <param name="JobId">Its id.</param>
/// <param name="Matched">Letters that it has selected.</param>
internal sealed record ReplayStartedAnswer(string JobId, long Matched);

/// <summary>What a replay job would do.</summary>
/// <param name="Matched">Letters that it would select.</param>
/// <param name="ByTarget">These by downstream.</param>
/// <param name="ByErrorType">These by error type.</param>
/// <param name="Sample">A few of them, oldest first.</param>
/// <param name="EstimatedSeconds">How long it would take if nothing blocked it.</param>
/// <param name="BlockedBy">The downstreams that it would have to wait for now.</param>
internal sealed record ReplayPreviewAnswer(
    long Matched,
    IReadOnlyList<NamedCount> ByTarget,
    IReadOnlyList<NamedCount> ByErrorType,
    IReadOnlyList<ReplaySample> Sample,
    double EstimatedSeconds,
    IReadOnlyList<ReplayBlock> BlockedBy);

/// <summary>A letter in short.</summary>
/// <param name="MessageId">Its id.</param>
/// <param name="Target">Its downstream.</param>
/// <param name="Status">Where it is.</param>
/// <param name="ErrorType">Its newest error's type.</param>
/// <param name="ErrorReason">That error in words.</param>
/// <param name="CreatedAt">When it was dead-lettered first.</param>
internal sealed record ReplaySample(
    MessageId MessageId, string Target, LetterStatus Status, ErrorType ErrorType, string ErrorReason, DateTimeOffset CreatedAt);
