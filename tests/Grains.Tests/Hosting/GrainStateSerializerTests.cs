using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DlqCluster.Breakers;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Messages;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>What a grain stores it reads again, exactly.</summary>
public sealed class GrainStateSerializerTests
{
    private static readonly JsonSerializerOptions _reflection = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly GrainStateSerializer _serializer = new();

    public static TheoryData<string> Tricky => Samples.TrickyPayloads();

    public static TheoryData<string> Kinds => [.. MessageCases.Records.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_message_record_comes_back(string kind) => ComesBack(MessageCases.Records[kind]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Generated_code_writes_what_reflection_writes(string kind) => IsWrittenAsByReflection(MessageCases.Records[kind]);

    [Fact]
    public void A_message_with_everything_in_it_comes_back_and_is_written_as_by_reflection()
    {
        var envelope = new Envelope
        {
            Payload = Payload.Parse("""{"a":[1, 2]}"""),
            Target = "billing",
            ClientMessageId = "c-1",
            CorrelationId = "ß\n😀",
            Source = "shop",
            Priority = MessagePriority.Critical,
            Tags = ["x", "", "y z"],
            OrderingKey = "k",
            DeliverAt = Samples.At(0.1234567),
            ExpiresAt = Samples.At(9),
            Retry = new RetryOverrides { MaxRetries = 0, BaseBackoffMs = 1, MaxBackoffMs = 2, JitterPercent = 0 },
            TraceParent = "00-x",
            TraceState = "vendor=1",
            AcceptedAt = Samples.Start,
        };
        var attempts = Enum.GetValues<ErrorType>().Select((type, i) => new Attempt
        {
            Number = i,
            Generation = 2,
            StartedAt = Samples.At(i),
            DurationMs = 1.234,
            Outcome = AttemptOutcome.TransientFailure,
            StatusCode = 503,
            ErrorType = type,
            Error = "e",
        });
        var record = new MessageRecord
        {
            State = MessageState.Retrying,
            Envelope = envelope,
            RequestHash = "h",
            AttemptsMade = 7,
            Attempts = attempts.ToArray(),
            NextAttemptAt = Samples.At(1),
            EndedAt = Samples.At(2),
            Generation = 2,
            Revision = long.MaxValue,
            Owed = new LetterNews { End = MessageState.DeadLettered, ErrorReason = "r", ErrorStack = "s", ErrorType = ErrorType.Server },
        };
        ComesBack(record);
        IsWrittenAsByReflection(record);
    }

    [Theory]
    [Trait("Spec", "DE2")]
    [MemberData(nameof(Tricky))]
    public void A_payload_comes_back_byte_for_byte(string json) =>
        Assert.Equal(Encoding.UTF8.GetBytes(json), Again(new MessageRecord { Envelope = Samples.Envelope(json) }).Envelope.Payload.Utf8);

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000)]
    public void So_does_one_that_is_nested_as_deeply_as_configuration_allows(int levels)
    {
        var payload = new Payload(Encoding.UTF8.GetBytes(Samples.Nested(levels)));
        Assert.Equal(payload, Again(new MessageRecord { Envelope = Samples.Envelope() with { Payload = payload } }).Envelope.Payload);
    }

    [Fact]
    public void A_breaker_with_everything_in_it_comes_back() => ComesBack(new BreakerRecord
    {
        State = BreakerState.HalfOpen,
        Mode = BreakerMode.ForcedClosed,
        ModeReason = "r",
        ModeUntil = Samples.At(1),
        OpenedAt = Samples.At(2),
        HalfOpenAt = Samples.At(3),
        ClosedAt = Samples.At(4),
        Window = [new BreakerBucket(5, 6, 7, 8), new BreakerBucket(6, 0, 0, 0)],
        ConsecutiveFailures = 9,
        ProbesOut = [new BreakerProbe("1-1", Samples.At(5))],
        ProbeSuccesses = 10,
        ProbeFailures = 11,
        PermitsGiven = 12,
        Version = 13,
        Transitions =
        [
            new BreakerTransition { At = Samples.At(6), From = BreakerState.Open, To = BreakerState.HalfOpen, Mode = BreakerMode.MetricsOnly, Reason = "", By = "ann" },
            new BreakerTransition(),
        ],
    });

    [Fact]
    public void A_catalogue_with_everything_in_it_comes_back()
    {
        var downstream = new Downstream
        {
            Name = "billing",
            Kind = DownstreamKind.Http,
            Url = "https://a/",
            Method = "PUT",
            Headers = new Dictionary<string, string> { ["X-Key"] = "", ["b"] = "c" },
            TimeoutMs = 11,
            MaxConcurrency = 12,
            RatePerSecond = 0.5,
            SigningSecrets = ["whsec_x", "whsec_y"],
            Retry = new RetryOverrides { MaxRetries = 0 },
            Breaker = new BreakerSettings { SlowCallMs = 5, CountPermanentFailures = true, FailureRatio = 0.25 },
        };
        var defined = new Dictionary<string, Downstream> { ["billing"] = downstream, ["b"] = new() { Name = "b" } };
        ComesBack(new CatalogRecord { Defined = defined, Paused = ["b"], AllPaused = true, Version = 7 });
    }

    [Fact]
    [Trait("Spec", "CB6")]
    [Trait("Spec", "CB7")]
    public void Rules_that_are_switched_off_with_zero_stay_switched_off()
    {
        var settings = new BreakerSettings { ConsecutiveFailures = 0, RampDoublingMs = 0 };
        var defined = new Dictionary<string, Downstream> { ["b"] = new() { Name = "b", Breaker = settings } };
        Assert.Equal(settings, Again(new CatalogRecord { Defined = defined }).Defined["b"].Breaker);
    }

    [Fact]
    public void What_is_new_comes_back_as_new()
    {
        ComesBack(new MessageRecord());
        ComesBack(new BreakerRecord());
        ComesBack(new CatalogRecord());
    }

    [Fact]
    public void Members_that_a_later_version_added_are_skipped_so_that_it_can_be_rolled_back()
    {
        var record = MessageCases.Records["retrying"];
        var json = JsonNode.Parse(_serializer.Serialize(record).ToString())!;
        json["later"] = new JsonObject { ["deep"] = new JsonArray(1, "x", null) };
        json["envelope"]!["later"] = 17;
        Assert.Equal(Text(record), Text(_serializer.Deserialize<MessageRecord>(BinaryData.FromString(json.ToJsonString()))));
    }

    [Fact]
    public void What_was_stored_by_the_first_version_can_still_be_read()
    {
        const string stored = """
            {"state":"retrying","envelope":{"payload":{"a":1},"target":"billing","priority":"high","tags":["x"],
            "retry":{"maxRetries":0},"acceptedAt":"2026-03-01T12:00:00+00:00"},
            "requestHash":"h","attemptsMade":1,"attempts":[{"number":1,"startedAt":"2026-03-01T12:00:00+00:00","durationMs":1.5,
            "outcome":"transientFailure","statusCode":503,"errorType":"SERVER_ERROR","error":"HTTP 503"}],
            "nextAttemptAt":"2026-03-01T12:00:01+00:00","revision":2}
            """;
        var record = _serializer.Deserialize<MessageRecord>(BinaryData.FromString(stored))!;
        Assert.Equal(
            (MessageState.Retrying, 1, "h", 2L, (DateTimeOffset?)Samples.At(1)),
            (record.State, record.AttemptsMade, record.RequestHash!, record.Revision, record.NextAttemptAt));
        Assert.Equal(
            ("billing", MessagePriority.High, (int?)0, Payload.Parse("""{"a":1}""")),
            (record.Envelope.Target, record.Envelope.Priority, record.Envelope.Retry!.MaxRetries, record.Envelope.Payload));
        Assert.Equal((503, ErrorType.Server), (record.Attempts[0].StatusCode!.Value, record.Attempts[0].ErrorType!.Value));
    }

    [Fact]
    public void Members_that_an_earlier_version_did_not_have_get_their_defaults()
    {
        var catalog = _serializer.Deserialize<CatalogRecord>(BinaryData.FromString("""{"defined":{"b":{"name":"b"}},"version":1}"""))!;
        Assert.Equal(
            Text(new CatalogRecord { Defined = new Dictionary<string, Downstream> { ["b"] = new() { Name = "b" } }, Version = 1 }),
            Text(catalog));
        Assert.Equal(
            Text(new BreakerRecord { Version = 1 }),
            Text(_serializer.Deserialize<BreakerRecord>(BinaryData.FromString("""{"version":1}"""))));
        Assert.Equal(
            Text(new MessageRecord { Revision = 1 }),
            Text(_serializer.Deserialize<MessageRecord>(BinaryData.FromString("""{"revision":1}"""))));
    }

    [Fact]
    public void A_stored_message_has_only_what_it_needs()
    {
        var json = _serializer.Serialize(new MessageRecord { Envelope = new Envelope { Payload = Payload.Parse("1"), AcceptedAt = Samples.Start }, Revision = 1 }).ToString();
        Assert.InRange(json.Length, 1, 200);
        Assert.DoesNotContain("null", json, StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_from_other_members_is_not_stored() =>
        Assert.DoesNotContain(
            "effective",
            _serializer.Serialize(new BreakerRecord { State = BreakerState.Open }).ToString(),
            StringComparison.OrdinalIgnoreCase);

    private void ComesBack<T>(T state)
        where T : class => Assert.Equal(Text(state), Text(Again(state)));

    private T Again<T>(T state)
        where T : class => _serializer.Deserialize<T>(_serializer.Serialize(state))!;

    /// <summary>Everything in a state, by reflection and so by other means than those that are tested.</summary>
    private static string Text<T>(T state) => System.Text.Json.JsonSerializer.Serialize(state);

    private void IsWrittenAsByReflection(MessageRecord record)
    {
        var expected = JsonSerializer.SerializeToUtf8Bytes(record, _reflection);
        Assert.Equal(Encoding.UTF8.GetString(expected), _serializer.Serialize(record).ToString());
    }
}
