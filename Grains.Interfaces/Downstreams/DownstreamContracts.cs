using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using DlqCluster.Breakers;

namespace DlqCluster.Downstreams;

/// <summary>How messages reach a downstream.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DownstreamKind>))]
public enum DownstreamKind
{
    /// <summary>The built-in demo processor, which obeys what the payload tells it to simulate.</summary>
    [JsonStringEnumMemberName("simulated")] Simulated,

    /// <summary>An HTTP endpoint.</summary>
    [JsonStringEnumMemberName("http")] Http,
}

/// <summary>A message's or downstream's own retry policy; what is null is inherited.</summary>
[GenerateSerializer, Immutable, Alias("dlq.RetryOverrides")]
public sealed record RetryOverrides
{
    /// <summary>How many retries follow the first attempt, 0 to 100.</summary>
    [Id(0), Range(0, 100)] public int? MaxRetries { get; init; }

    /// <summary>Backoff before the first retry, in milliseconds, 1 to 86,400,000.</summary>
    [Id(1), Range(1, 86_400_000)] public int? BaseBackoffMs { get; init; }

    /// <summary>Longest backoff, in milliseconds, 1 to 86,400,000.</summary>
    [Id(2), Range(1, 86_400_000)] public int? MaxBackoffMs { get; init; }

    /// <summary>How far a backoff may stray to either side, in percent, 0 to 100.</summary>
    [Id(3), Range(0, 100)] public int? JitterPercent { get; init; }
}

/// <summary>What becomes of the later messages of an ordering key when one is dead-lettered.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnDeadLetter>))]
public enum OnDeadLetter
{
    /// <summary>They are delivered; the dead letter, once replayed, comes after what waits then.</summary>
    [JsonStringEnumMemberName("continue")] Continue,

    /// <summary>They wait until it is delivered by a replay, discarded, or skipped.</summary>
    [JsonStringEnumMemberName("block")] Block,
}

/// <summary>A named place that messages are delivered to.</summary>
[GenerateSerializer, Immutable, Alias("dlq.Downstream")]
public sealed record Downstream
{
    /// <summary>Its name, which messages give as <c>target</c>: 1 to 64 of a–z, A–Z, 0–9, dot, dash, underscore.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>How messages reach it.</summary>
    [Id(1)] public DownstreamKind Kind { get; init; }

    /// <summary>Absolute http or https URL; required for kind http.</summary>
    [Id(2)] public string? Url { get; init; }

    /// <summary>HTTP method; POST, PUT or PATCH.</summary>
    [Id(3)] public string Method { get; init; } = "POST";

    /// <summary>Headers to send with each message, beside our own; at most 32.</summary>
    [Id(4)] public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long an attempt may take, in milliseconds, 10 to 600,000.</summary>
    [Id(5), Range(10, 600_000)] public int TimeoutMs { get; init; } = 10_000;

    /// <summary>How many attempts may be under way at once from one silo, 1 to 10,000.</summary>
    [Id(6), Range(1, 10_000)] public int MaxConcurrency { get; init; } = 64;

    /// <summary>How many attempts a second one silo may start; null for no limit.</summary>
    [Id(7), Range(0.001, 1_000_000)] public double? RatePerSecond { get; init; }

    /// <summary>
    /// Secrets that sign each message (Standard Webhooks), <c>whsec_</c> and base64 of 24 to 64 bytes. While two are given, both sign, so
    /// that a receiver can move from the old one to the new.
    /// </summary>
    [Id(8)] public IReadOnlyList<string> SigningSecrets { get; init; } = [];

    /// <summary>Its retry policy over the general one.</summary>
    [Id(9)] public RetryOverrides? Retry { get; init; }

    /// <summary>Its circuit breaker.</summary>
    [Id(10)] public BreakerSettings Breaker { get; init; } = new();

    /// <summary>What becomes of the later messages of an ordering key when one is dead-lettered.</summary>
    [Id(11)] public OnDeadLetter OnDeadLetter { get; init; }

    /// <summary>When it has little to do; null for no windows of its own.</summary>
    [Id(12)] public OffPeakCalendar? OffPeak { get; init; }

    /// <summary>
    /// The certificate that it knows us by, where it asks for one: PEM, with those that vouch for it and the private key, at most 32,768 characters.
    /// Only for https.
    /// </summary>
    [Id(13)] public string? ClientCertificate { get; init; }
}

/// <summary>A downstream and what operators have done to it.</summary>
/// <param name="Definition">The definition in force.</param>
/// <param name="Paused">Whether delivery to it is paused.</param>
/// <param name="FromConfiguration">Whether the definition comes from configuration, not from the API.</param>
[GenerateSerializer, Immutable, Alias("dlq.DownstreamEntry")]
public sealed record DownstreamEntry(
    [property: Id(0)] Downstream Definition,
    [property: Id(1)] bool Paused,
    [property: Id(2)] bool FromConfiguration)
{
    /// <summary>Whether its secrets cannot be opened in this process: it is sent nothing, and its definition is shown without them.</summary>
    [Id(3)] public bool IsLocked { get; init; }
}

/// <summary>All downstreams at one moment.</summary>
/// <param name="Version">Grows with every change.</param>
/// <param name="AllPaused">Whether delivery is paused altogether.</param>
/// <param name="Entries">The downstreams, by name.</param>
[GenerateSerializer, Immutable, Alias("dlq.DownstreamCatalog")]
public sealed record DownstreamCatalog(
    [property: Id(0)] long Version,
    [property: Id(1)] bool AllPaused,
    [property: Id(2)] IReadOnlyDictionary<string, DownstreamEntry> Entries)
{
    /// <summary>Whether delivery to a downstream is paused, by itself or with all, or cannot be because its secrets are locked.</summary>
    /// <param name="name">The downstream's name.</param>
    public bool IsPaused(string name) => AllPaused || (Entries.TryGetValue(name, out var entry) && (entry.Paused || entry.IsLocked));
}

/// <summary>How a change of the catalogue ended.</summary>
public enum CatalogChange
{
    /// <summary>Something new is there.</summary>
    Created,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>No downstream has that name.</summary>
    NotFound,

    /// <summary>There are as many downstreams as <c>Delivery:MaxDownstreams</c> allows.</summary>
    Full,

    /// <summary>The definition comes from configuration, and only there can it be removed.</summary>
    FromConfiguration,
}

/// <summary>
/// Keeps the downstreams that were defined over the API, and what is paused. One grain (key 0) for all of them: there are few, every
/// silo needs all, and each works from a copy that it refreshes.
/// </summary>
[Alias("dlq.IDownstreamCatalogGrain")]
public interface IDownstreamCatalogGrain : IGrainWithIntegerKey
{
    /// <summary>The catalogue, or null when it is still the version that the caller knows.</summary>
    /// <param name="knownVersion">The caller's version; −1 for none.</param>
    [Alias("GetIfNewer")]
    Task<DownstreamCatalog?> GetIfNewer(long knownVersion);

    /// <summary>Defines a downstream, or changes it. A definition in configuration of the same name is overridden.</summary>
    /// <param name="downstream">The definition, already validated.</param>
    [Alias("Put")]
    Task<CatalogChange> Put(Downstream downstream);

    /// <summary>Removes a definition made over the API; one in configuration comes into force again.</summary>
    /// <param name="name">Its name.</param>
    [Alias("Delete")]
    Task<CatalogChange> Delete(string name);

    /// <summary>Pauses or resumes delivery. Accepting goes on.</summary>
    /// <param name="name">Which downstream; null for all.</param>
    /// <param name="paused">True to pause.</param>
    [Alias("SetPaused")]
    Task<CatalogChange> SetPaused(string? name, bool paused);
}
