using System.Text.Json;
using System.Text.Json.Serialization;
using DlqCluster.Breakers;
using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>Asks for a replay.</summary>
/// <param name="Payload">What to send instead of the original; the JSON value null is a payload like any other.</param>
/// <param name="Target">Where to send it instead.</param>
/// <param name="Reason">Why.</param>
internal sealed record ReplayRequest(
    [property: JsonConverter(typeof(GivenPayloadConverter))] Payload? Payload = null, string? Target = null, string? Reason = null);

/// <summary>Keeps a payload that is given as null apart from one that is not given: who edits a payload to null does not want the original sent.</summary>
internal sealed class GivenPayloadConverter : JsonConverter<Payload?>
{
    private static readonly PayloadJsonConverter _inner = new();

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override Payload? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        _inner.Read(ref reader, typeof(Payload), options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Payload? value, JsonSerializerOptions options) =>
        _inner.Write(writer, value.GetValueOrDefault(), options);
}

/// <summary>Asks to hold a breaker, or to let go of it.</summary>
/// <param name="Reason">Why.</param>
/// <param name="ForMs">How long, in milliseconds; null until reset.</param>
internal sealed record ForceRequest(string? Reason = null, long? ForMs = null);

/// <summary>A breaker's settings; what is null gets its default.</summary>
internal sealed class BreakerSettingsRequest
{
    private static readonly BreakerSettings _defaults = new();

    /// <inheritdoc cref="BreakerSettings.WindowMs"/>
    public int? WindowMs { get; set; }

    /// <inheritdoc cref="BreakerSettings.FailureRatio"/>
    public double? FailureRatio { get; set; }

    /// <inheritdoc cref="BreakerSettings.MinimumRequests"/>
    public int? MinimumRequests { get; set; }

    /// <inheritdoc cref="BreakerSettings.ConsecutiveFailures"/>
    public int? ConsecutiveFailures { get; set; }

    /// <inheritdoc cref="BreakerSettings.OpenMs"/>
    public int? OpenMs { get; set; }

    /// <inheritdoc cref="BreakerSettings.Probes"/>
    public int? Probes { get; set; }

    /// <inheritdoc cref="BreakerSettings.ProbeSuccessRatio"/>
    public double? ProbeSuccessRatio { get; set; }

    /// <inheritdoc cref="BreakerSettings.HalfOpenMs"/>
    public int? HalfOpenMs { get; set; }

    /// <inheritdoc cref="BreakerSettings.SlowCallMs"/>
    public int? SlowCallMs { get; set; }

    /// <inheritdoc cref="BreakerSettings.SlowCallRatio"/>
    public double? SlowCallRatio { get; set; }

    /// <inheritdoc cref="BreakerSettings.CountPermanentFailures"/>
    public bool? CountPermanentFailures { get; set; }

    /// <inheritdoc cref="BreakerSettings.RampStartPerSecond"/>
    public double? RampStartPerSecond { get; set; }

    /// <inheritdoc cref="BreakerSettings.RampDoublingMs"/>
    public int? RampDoublingMs { get; set; }

    /// <inheritdoc cref="BreakerSettings.RampEndPerSecond"/>
    public double? RampEndPerSecond { get; set; }

    /// <summary>With the defaults filled in.</summary>
    public BreakerSettings ToSettings() => new()
    {
        WindowMs = WindowMs ?? _defaults.WindowMs,
        FailureRatio = FailureRatio ?? _defaults.FailureRatio,
        MinimumRequests = MinimumRequests ?? _defaults.MinimumRequests,
        ConsecutiveFailures = ConsecutiveFailures ?? _defaults.ConsecutiveFailures,
        OpenMs = OpenMs ?? _defaults.OpenMs,
        Probes = Probes ?? _defaults.Probes,
        ProbeSuccessRatio = ProbeSuccessRatio ?? _defaults.ProbeSuccessRatio,
        HalfOpenMs = HalfOpenMs ?? _defaults.HalfOpenMs,
        SlowCallMs = SlowCallMs,
        SlowCallRatio = SlowCallRatio ?? _defaults.SlowCallRatio,
        CountPermanentFailures = CountPermanentFailures ?? _defaults.CountPermanentFailures,
        RampStartPerSecond = RampStartPerSecond ?? _defaults.RampStartPerSecond,
        RampDoublingMs = RampDoublingMs ?? _defaults.RampDoublingMs,
        RampEndPerSecond = RampEndPerSecond ?? _defaults.RampEndPerSecond,
    };
}

/// <summary>A downstream's definition; what is null gets its default.</summary>
internal sealed class DownstreamRequest
{
    private static readonly Downstream _defaults = new();

    /// <summary>May repeat the name in the path.</summary>
    public string? Name { get; set; }

    /// <inheritdoc cref="Downstream.Kind"/>
    public DownstreamKind? Kind { get; set; }

    /// <inheritdoc cref="Downstream.Url"/>
    public string? Url { get; set; }

    /// <inheritdoc cref="Downstream.Method"/>
    public string? Method { get; set; }

    /// <inheritdoc cref="Downstream.Headers"/>
    public Dictionary<string, string>? Headers { get; set; }

    /// <inheritdoc cref="Downstream.TimeoutMs"/>
    public int? TimeoutMs { get; set; }

    /// <inheritdoc cref="Downstream.MaxConcurrency"/>
    public int? MaxConcurrency { get; set; }

    /// <inheritdoc cref="Downstream.RatePerSecond"/>
    public double? RatePerSecond { get; set; }

    /// <inheritdoc cref="Downstream.SigningSecrets"/>
    public List<string>? SigningSecrets { get; set; }

    /// <inheritdoc cref="Downstream.Retry"/>
    public RetryOverrides? Retry { get; set; }

    /// <inheritdoc cref="Downstream.Breaker"/>
    public BreakerSettingsRequest? Breaker { get; set; }

    /// <inheritdoc cref="Downstream.OnDeadLetter"/>
    public OnDeadLetter? OnDeadLetter { get; set; }

    /// <inheritdoc cref="Downstream.OffPeak"/>
    public OffPeakCalendar? OffPeak { get; set; }

    /// <inheritdoc cref="Downstream.ClientCertificate"/>
    public string? ClientCertificate { get; set; }

    /// <summary>What a read of a downstream also shows; accepted so that an answer can be edited and sent back, and ignored.</summary>
    public bool? Paused { get; set; }

    /// <summary>Like <see cref="Paused"/>.</summary>
    public bool? SecretsLocked { get; set; }

    /// <summary>Like <see cref="Paused"/>.</summary>
    public bool? FromConfiguration { get; set; }

    /// <summary>With the defaults filled in.</summary>
    /// <param name="name">The name in the path.</param>
    public Downstream ToDownstream(string name) => new()
    {
        Name = name,
        Kind = Kind ?? _defaults.Kind,
        Url = Url,
        Method = Method ?? _defaults.Method,
        Headers = Headers ?? _defaults.Headers,
        TimeoutMs = TimeoutMs ?? _defaults.TimeoutMs,
        MaxConcurrency = MaxConcurrency ?? _defaults.MaxConcurrency,
        RatePerSecond = RatePerSecond,
        SigningSecrets = SigningSecrets ?? _defaults.SigningSecrets,
        Retry = Retry,
        Breaker = Breaker?.ToSettings() ?? _defaults.Breaker,
        OnDeadLetter = OnDeadLetter ?? _defaults.OnDeadLetter,
        OffPeak = OffPeak,
        ClientCertificate = ClientCertificate,
    };
}

/// <summary>A downstream as it is shown: without its secrets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How messages reach it.</param>
/// <param name="Url">Where.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Headers">Headers; secret values are masked.</param>
/// <param name="TimeoutMs">How long an attempt may take.</param>
/// <param name="MaxConcurrency">How many attempts at once.</param>
/// <param name="RatePerSecond">How many a second.</param>
/// <param name="SigningSecrets">Signing secrets, masked.</param>
/// <param name="Retry">Its retry policy.</param>
/// <param name="Breaker">Its circuit breaker.</param>
/// <param name="OnDeadLetter">What becomes of the later messages of an ordering key when one is dead-lettered.</param>
/// <param name="OffPeak">When it has little to do.</param>
/// <param name="ClientCertificate">The certificate that it knows us by, masked; null for none.</param>
/// <param name="Paused">Whether nothing is sent to it: delivery is paused, to it alone or to all, or its secrets are locked.</param>
/// <param name="SecretsLocked">Whether its secrets cannot be opened, because the keys that sealed them are lost. It is sent nothing until it is defined anew; no resume changes that.</param>
/// <param name="FromConfiguration">Whether it is defined in configuration.</param>
internal sealed record DownstreamAnswer(
    string Name,
    DownstreamKind Kind,
    string? Url,
    string Method,
    IReadOnlyDictionary<string, string> Headers,
    int TimeoutMs,
    int MaxConcurrency,
    double? RatePerSecond,
    IReadOnlyList<string> SigningSecrets,
    RetryOverrides? Retry,
    BreakerSettings Breaker,
    OnDeadLetter OnDeadLetter,
    OffPeakCalendar? OffPeak,
    string? ClientCertificate,
    bool Paused,
    bool SecretsLocked,
    bool FromConfiguration);
