using System.Text.Json.Serialization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>One thing that happened to a letter.</summary>
/// <param name="At">When.</param>
/// <param name="What">
/// <c>accepted</c>, <c>attempt</c>, <c>deadLettered</c>, <c>replayStarted</c>, <c>replayDelivered</c>, <c>replayFailed</c>, <c>note</c>,
/// <c>discarded</c>, <c>restored</c> or <c>imported</c>.
/// </param>
/// <param name="By">Who, when it was a person; a replay's <c>schedule</c> or <c>job</c> otherwise.</param>
/// <param name="Reason">Why, or the note.</param>
/// <param name="Detail">What came of it: an error, a status, a difference.</param>
/// <param name="Generation">The replay that it belongs to; 0 for the message itself.</param>
internal sealed record HistoryItem(
    DateTimeOffset At,
    string What,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? By = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null,
    int Generation = 0);

/// <summary>A letter, and the whole of its story in order.</summary>
internal sealed record LetterAnswer
{
    /// <inheritdoc cref="Letter.MessageId"/>
    public required MessageId MessageId { get; init; }

    /// <inheritdoc cref="Letter.OriginalMessage"/>
    public required Envelope OriginalMessage { get; init; }

    /// <inheritdoc cref="Letter.ErrorReason"/>
    public required string ErrorReason { get; init; }

    /// <inheritdoc cref="Letter.ErrorStack"/>
    public required string? ErrorStack { get; init; }

    /// <inheritdoc cref="Letter.ErrorType"/>
    public required ErrorType ErrorType { get; init; }

    /// <inheritdoc cref="Letter.Fingerprint"/>
    public required string Fingerprint { get; init; }

    /// <inheritdoc cref="Letter.RetryCount"/>
    public required int RetryCount { get; init; }

    /// <inheritdoc cref="Letter.DlqRetryCount"/>
    public required int DlqRetryCount { get; init; }

    /// <inheritdoc cref="Letter.Status"/>
    public required LetterStatus Status { get; init; }

    /// <inheritdoc cref="Letter.Strategy"/>
    public required ReplayStrategy Strategy { get; init; }

    /// <inheritdoc cref="Letter.NextRetryAt"/>
    public required DateTimeOffset? NextRetryAt { get; init; }

    /// <inheritdoc cref="Letter.Metadata"/>
    public required LetterMetadata Metadata { get; init; }

    /// <inheritdoc cref="Letter.ReplayAttempts"/>
    public required IReadOnlyList<ReplayAttempt> ReplayAttempts { get; init; }

    /// <inheritdoc cref="Letter.CreatedAt"/>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <inheritdoc cref="Letter.UpdatedAt"/>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <inheritdoc cref="Letter.Generation"/>
    public required int Generation { get; init; }

    /// <inheritdoc cref="Letter.Version"/>
    public required long Version { get; init; }

    /// <inheritdoc cref="Letter.Resolution"/>
    public required LetterResolution? Resolution { get; init; }

    /// <inheritdoc cref="Letter.ClosedAt"/>
    public required DateTimeOffset? ClosedAt { get; init; }

    /// <inheritdoc cref="Letter.FailedAgainAt"/>
    public required DateTimeOffset? FailedAgainAt { get; init; }

    /// <inheritdoc cref="Letter.Attempts"/>
    public required IReadOnlyList<Attempt> Attempts { get; init; }

    /// <inheritdoc cref="Letter.Events"/>
    public required IReadOnlyList<LetterEvent> Events { get; init; }

    /// <summary>Everything that happened to it, oldest first.</summary>
    public required IReadOnlyList<HistoryItem> History { get; init; }

    /// <summary>A letter with its story.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="attempts">Its attempts, those since its newest failure included.</param>
    public static LetterAnswer From(Letter letter, IReadOnlyList<Attempt> attempts) => new()
    {
        MessageId = letter.MessageId,
        OriginalMessage = letter.OriginalMessage,
        ErrorReason = letter.ErrorReason,
        ErrorStack = letter.ErrorStack,
        ErrorType = letter.ErrorType,
        Fingerprint = letter.Fingerprint,
        RetryCount = letter.RetryCount,
        DlqRetryCount = letter.DlqRetryCount,
        Status = letter.Status,
        Strategy = letter.Strategy,
        NextRetryAt = letter.NextRetryAt,
        Metadata = letter.Metadata,
        ReplayAttempts = letter.ReplayAttempts,
        CreatedAt = letter.CreatedAt,
        UpdatedAt = letter.UpdatedAt,
        Generation = letter.Generation,
        Version = letter.Version,
        Resolution = letter.Resolution,
        ClosedAt = letter.ClosedAt,
        FailedAgainAt = letter.FailedAgainAt,
        Attempts = attempts,
        Events = letter.Events,
        History = LetterHistory.Of(letter, attempts),
    };
}
