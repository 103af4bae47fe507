using System.Text.Json.Serialization;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>Who or what started a replay.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReplayTrigger>))]
public enum ReplayTrigger
{
    /// <summary>The letter's schedule.</summary>
    [JsonStringEnumMemberName("schedule")] Schedule,

    /// <summary>A person.</summary>
    [JsonStringEnumMemberName("operator")] Operator,

    /// <summary>A replay job, which a person started over many letters.</summary>
    [JsonStringEnumMemberName("job")] Job,
}

/// <summary>One place at which an edited payload differs from the original.</summary>
/// <param name="Path">Where, as a JSON pointer (RFC 6901); empty for the payload as a whole.</param>
/// <param name="From">The JSON value that was there; null when there was none. Long ones are cut (<c>Dlq:MaxChangeLength</c>).</param>
/// <param name="To">The JSON value that is there instead; null when it was taken away. Long ones are cut.</param>
[GenerateSerializer, Immutable, Alias("dlq.PayloadChange")]
public sealed record PayloadChange([property: Id(0)] string Path, [property: Id(1)] string? From, [property: Id(2)] string? To);

/// <summary>One replay of a letter.</summary>
[GenerateSerializer, Immutable, Alias("dlq.ReplayAttempt")]
public sealed record ReplayAttempt
{
    /// <summary>1 for the first.</summary>
    [Id(0)] public int Generation { get; init; }

    /// <summary>When it was started.</summary>
    [Id(1)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it came to its end; null while it is under way.</summary>
    [Id(2)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether it was delivered; null while it is under way.</summary>
    [Id(3)] public bool? Delivered { get; init; }

    /// <summary>What started it.</summary>
    [Id(4)] public ReplayTrigger Trigger { get; init; }

    /// <summary>Who started it, when a person did.</summary>
    [Id(5)] public string? By { get; init; }

    /// <summary>Where it was sent, when that is not the message's own downstream.</summary>
    [Id(6)] public string? Target { get; init; }

    /// <summary>What was sent, when that is not the message's own payload.</summary>
    [Id(7)] public Payload? Payload { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(8)] public string? Error { get; init; }

    /// <summary>Why it was started, in the words of who started it.</summary>
    [Id(9)] public string? Reason { get; init; }

    /// <summary>The replay job that started it.</summary>
    [Id(10)] public string? JobId { get; init; }

    /// <summary>Where what was sent differs from the original, at most <c>Dlq:MaxChangesKept</c> places; empty unless it was edited for this replay.</summary>
    [Id(11)] public IReadOnlyList<PayloadChange> Changes { get; init; } = [];
}
