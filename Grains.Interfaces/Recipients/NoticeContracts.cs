using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.Recipients;

/// <summary>What makes a message a notification.</summary>
/// <param name="RecipientId">Who is notified.</param>
/// <param name="Channel">By which channel, such as <c>email</c>.</param>
[GenerateSerializer, Immutable, Alias("dlq.Notice")]
public sealed record Notice([property: Id(0)] string RecipientId, [property: Id(1)] string Channel);

/// <summary>Why a notification is held back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HoldReason>))]
public enum HoldReason
{
    /// <summary>It is one of the recipient's quiet hours.</summary>
    [JsonStringEnumMemberName("quietHours")] QuietHours,

    /// <summary>The recipient is muted.</summary>
    [JsonStringEnumMemberName("muted")] Muted,
}

/// <summary>A notification that is held back.</summary>
/// <param name="Until">Until when, as the recipient's preferences are now.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("dlq.Hold")]
public sealed record Hold([property: Id(0)] DateTimeOffset Until, [property: Id(1)] HoldReason Reason);

/// <summary>Asks whether a notification may be sent now.</summary>
/// <param name="MessageId">The notification.</param>
/// <param name="Channel">By which channel.</param>
/// <param name="Priority">How important it is: <c>critical</c> passes quiet hours and mutes.</param>
[GenerateSerializer, Immutable, Alias("dlq.NoticeQuestion")]
public sealed record NoticeQuestion(
    [property: Id(0)] MessageId MessageId, [property: Id(1)] string Channel, [property: Id(2)] MessagePriority Priority);

/// <summary>What becomes of a notification.</summary>
public enum NoticeOutcome
{
    /// <summary>It may be sent.</summary>
    Send,

    /// <summary>It is held back; its recipient tells it when preferences change.</summary>
    Hold,

    /// <summary>Its channel is switched off.</summary>
    Suppress,
}

/// <summary>The answer to a <see cref="NoticeQuestion"/>.</summary>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="Hold">How long and why it is held back, when it is.</param>
[GenerateSerializer, Immutable, Alias("dlq.NoticeVerdict")]
public sealed record NoticeVerdict([property: Id(0)] NoticeOutcome Outcome, [property: Id(1)] Hold? Hold = null);

/// <summary>One recipient of notifications: when and how it wants them. Its key is the recipient's id.</summary>
[Alias("dlq.IRecipientGrain")]
public interface IRecipientGrain : IGrainWithStringKey
{
    /// <summary>The preferences; those of a recipient that never set any hold nothing back.</summary>
    [Alias("Get")]
    Task<RecipientPreferences> Get();

    /// <summary>Changes the preferences, and tells the notifications that are held back.</summary>
    /// <param name="preferences">Valid preferences.</param>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">They could not be stored, or it is not known whether they were.</exception>
    [Alias("Set")]
    Task Set(RecipientPreferences preferences);

    /// <summary>Whether a notification may be sent now. To ask again changes nothing.</summary>
    /// <param name="question">Which.</param>
    [Alias("Ask")]
    Task<NoticeVerdict> Ask(NoticeQuestion question);
}
