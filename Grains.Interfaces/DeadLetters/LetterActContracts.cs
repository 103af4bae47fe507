using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>How a letter was resolved.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterResolution>))]
public enum LetterResolution
{
    /// <summary>A replay delivered it.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered,

    /// <summary>An operator decided that it need not be delivered.</summary>
    [JsonStringEnumMemberName("discarded")] Discarded,
}

/// <summary>What people do with a letter beside replaying it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LetterActKind>))]
public enum LetterActKind
{
    /// <summary>Add a note.</summary>
    [JsonStringEnumMemberName("note")] Note,

    /// <summary>Settle it without delivering it.</summary>
    [JsonStringEnumMemberName("discarded")] Discard,

    /// <summary>Take a discard back.</summary>
    [JsonStringEnumMemberName("restored")] Restore,

    /// <summary>Bring it in from an export.</summary>
    [JsonStringEnumMemberName("imported")] Import,
}

/// <summary>Something that people did with a letter beside replaying it.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="By">Who.</param>
/// <param name="Text">The note, or why.</param>
[GenerateSerializer, Immutable, Alias("dlq.LetterEvent")]
public sealed record LetterEvent(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] LetterActKind Kind,
    [property: Id(2)] string By,
    [property: Id(3)] string? Text);

/// <summary>Asks for something to be done with letters of one partition.</summary>
/// <param name="Kind">What: a note, a discard or a restore.</param>
/// <param name="MessageIds">The letters, at most <see cref="MaxLetters"/>.</param>
/// <param name="By">Who asks.</param>
/// <param name="Text">The note, or why.</param>
/// <param name="AsOf">
/// Only letters that have not failed after this: what failed since is not what was decided about. Null for whatever is there.
/// </param>
[GenerateSerializer, Immutable, Alias("dlq.LetterAct")]
public sealed record LetterAct(
    [property: Id(0)] LetterActKind Kind,
    [property: Id(1)] IReadOnlyList<MessageId> MessageIds,
    [property: Id(2)] string By,
    [property: Id(3)] string? Text,
    [property: Id(4)] DateTimeOffset? AsOf)
{
    /// <summary>The most letters of one request.</summary>
    public const int MaxLetters = 1_000;
}

/// <summary>How an act on a letter ended.</summary>
public enum LetterActOutcome
{
    /// <summary>It is done, durably.</summary>
    Done,

    /// <summary>There is no such letter.</summary>
    NotFound,

    /// <summary>A replay is under way, and must come to its end first.</summary>
    UnderReplay,

    /// <summary>It is resolved.</summary>
    AlreadyResolved,

    /// <summary>There is no discard to take back.</summary>
    NotDiscarded,

    /// <summary>It has failed again since the decision was made.</summary>
    FailedSince,

    /// <summary>It is there already.</summary>
    AlreadyThere,

    /// <summary>It could not be stored; nothing was changed, or it is not known whether it was. Ask again.</summary>
    NotStored,
}

/// <summary>The letters that an import brings to one partition.</summary>
/// <param name="Letters">The letters, at most <see cref="LetterAct.MaxLetters"/>.</param>
/// <param name="By">Who imports them.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("dlq.ImportLetters")]
public sealed record ImportLetters(
    [property: Id(0)] IReadOnlyList<Letter> Letters, [property: Id(1)] string By, [property: Id(2)] string? Reason);
