using DlqCluster.Messages;

namespace DlqCluster.Recipients;

/// <summary>What a recipient grain stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.RecipientRecord")]
public sealed record RecipientRecord
{
    /// <summary>When and how it wants to be notified.</summary>
    [Id(0)] public RecipientPreferences Preferences { get; init; } = new();

    /// <summary>The notifications that are held back, at most <c>Notifications:MaxHeldTracked</c>; some may have ended otherwise since.</summary>
    [Id(1)] public IReadOnlyList<HeldNotice> Held { get; init; } = [];
}

/// <summary>A notification that is held back.</summary>
/// <param name="MessageId">The notification.</param>
/// <param name="Until">Until when.</param>
[GenerateSerializer, Immutable, Alias("dlq.HeldNotice")]
public sealed record HeldNotice([property: Id(0)] MessageId MessageId, [property: Id(1)] DateTimeOffset Until);
