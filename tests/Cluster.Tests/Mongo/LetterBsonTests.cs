using DlqCluster.Cluster.Mongo;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Cluster.Tests.Mongo;

/// <summary>A letter comes back from BSON, over the bytes that the server would get, as it went in.</summary>
public sealed class LetterBsonTests
{
    private static readonly byte[] _notUtf8 = [(byte)'"', 0xFF, 0xFE, (byte)'"'];

    [Fact]
    public void Everything_in_a_letter_is_kept() => ExpectKept(Full());

    [Fact]
    public void A_letter_with_nothing_in_it_is_kept() => ExpectKept(new Letter { MessageId = Id(1) });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("shop")]
    public void No_source_and_the_empty_source_stay_apart(string? source) =>
        ExpectKept(Letter(1) with { Metadata = new LetterMetadata { Source = source } });

    [Theory]
    [MemberData(nameof(Times))]
    public void Times_are_kept_to_the_last_tick(DateTimeOffset time) => ExpectKept(Letter(1) with
    {
        CreatedAt = time,
        UpdatedAt = time,
        NextRetryAt = time,
        OriginalMessage = new Envelope { AcceptedAt = time, DeliverAt = time, ExpiresAt = time },
        ReplayAttempts = [new ReplayAttempt { StartedAt = time, EndedAt = time }],
    });

    public static TheoryData<DateTimeOffset> Times() =>
    [
        DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddTicks(-1),
        DateTimeOffset.UnixEpoch.AddTicks(1), Start, Start.AddTicks(9_999), Start.AddTicks(10_000),
    ];

    [Fact]
    public void Every_value_of_every_enumeration_is_kept()
    {
        foreach (var status in Enum.GetValues<LetterStatus>()) ExpectKept(Letter(1) with { Status = status });
        foreach (var type in Enum.GetValues<ErrorType>()) ExpectKept(Letter(1) with { ErrorType = type });
        foreach (var strategy in Enum.GetValues<ReplayStrategy>()) ExpectKept(Letter(1) with { Strategy = strategy });
        foreach (var trigger in Enum.GetValues<ReplayTrigger>())
            ExpectKept(Letter(1) with { ReplayAttempts = [new ReplayAttempt { Trigger = trigger }] });
        foreach (var priority in Enum.GetValues<MessagePriority>())
        {
            ExpectKept(Letter(1) with
            {
                OriginalMessage = new Envelope { Priority = priority },
                Metadata = new LetterMetadata { Source = "s", Priority = priority },
            });
        }
    }

    [Fact]
    public void Payloads_are_kept_byte_for_byte()
    {
        byte[][] payloads = ["null"u8.ToArray(), """{ "a" : [ 1.50, 1E3, "caf\u00e9", "💳", "\u0000" ] }"""u8.ToArray(), _notUtf8];
        foreach (var bytes in payloads)
        {
            var letter = Letter(1) with { ReplayAttempts = [new ReplayAttempt { Payload = new Payload(bytes) }, new ReplayAttempt()] };
            letter = letter with { OriginalMessage = letter.OriginalMessage with { Payload = new Payload(bytes) } };
            // Words are made of JSON, which not every one of these is.
            var envelope = EnvelopeBson.Read(OverTheWire(EnvelopeBson.Write(letter.OriginalMessage)));
            Assert.Equal(bytes, envelope.Payload.Utf8);
        }
    }

    [Fact]
    public void Half_a_character_is_no_obstacle()
    {
        const string half = "cut \uD83D", said = "cut \uFFFD";
        var letter = Letter(1) with
        {
            ErrorReason = half,
            ErrorStack = "\uDCB3 whole 💳",
            Attempts = [new Attempt { Error = half }],
            Metadata = new LetterMetadata { Source = half, Tags = [half] },
            ReplayAttempts = [new ReplayAttempt { Error = half, Changes = [new PayloadChange(half, half, half)] }],
        };
        var read = LetterBson.Read(OverTheWire(LetterBson.Write(0, letter)));
        Assert.Equal((said, "\uFFFD whole 💳", said), (read.ErrorReason, read.ErrorStack, read.Attempts[0].Error));
        Assert.Equal((said, said), (read.Metadata.Source, read.Metadata.Tags[0]));
        Assert.Equal(new PayloadChange(said, said, said), read.ReplayAttempts[0].Changes[0]);
    }

    [Fact]
    public void A_replay_that_sent_null_is_not_one_that_sent_the_original()
    {
        ReplayAttempt[] replays = [new() { Payload = Payload.Parse("null") }, new()];
        var read = ExpectKept(Letter(1) with { ReplayAttempts = replays });
        Assert.Equal("null", $"{read.ReplayAttempts[0].Payload}");
        Assert.Null(read.ReplayAttempts[1].Payload);
    }

    [Fact]
    public void Fields_of_a_later_version_are_passed_over()
    {
        var document = LetterBson.Write(0, Letter(1));
        document.Add("later", new BsonDocument("a", 1));
        document["metadata"].AsBsonDocument.Add("later", 1);
        document.Remove("words");
        Assert.Equal(Text(Letter(1)), Text(LetterBson.Read(document)));
    }

    [Fact]
    public void A_status_of_a_later_version_is_not_taken_for_another()
    {
        var document = LetterBson.Write(0, Letter(1));
        document["status"] = "dlq_later";
        Assert.Throws<FormatException>(() => LetterBson.Read(document));
    }

    [Fact]
    public void What_is_stored_is_this()
    {
        var letter = Letter(1) with
        {
            ErrorReason = "no route",
            CreatedAt = Start.AddTicks(12_345),
            Version = 7,
            ReplayAttempts =
            [
                new ReplayAttempt
                {
                    Generation = 1,
                    StartedAt = Start,
                    EndedAt = At(1),
                    Delivered = false,
                    By = "ann",
                    Trigger = ReplayTrigger.Operator,
                },
                new ReplayAttempt { Generation = 2, StartedAt = At(2) },
            ],
        };
        var json = LetterBson.Write(3, letter).ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson });
        const string expected = """
            {
              "_id": "00000001-0000-7000-8000-000000000000", "messageId": "00000001-0000-7000-8000-000000000000",
              "partition": 3, "version": 7,
              "originalMessage": {
                "payload": "{\"order\":4711}", "target": "billing", "priority": "normal", "tags": [],
                "acceptedAt": { "$date": "2026-03-01T11:59:01Z" } },
              "errorReason": "no route", "errorType": "NETWORK_ERROR", "fingerprint": "00112233aabbccdd", "retryCount": 4,
              "dlqRetryCount": 0,
              "status": "dlq_pending", "strategy": "immediate", "nextRetryAt": { "$date": "2026-03-01T12:01:01Z" },
              "metadata": { "source": "shop", "priority": "normal", "tags": [], "target": "billing" },
              "replayAttempts": [
                { "generation": 1, "startedAt": { "$date": "2026-03-01T12:00:00Z" }, "endedAt": { "$date": "2026-03-01T12:00:01Z" },
                  "delivered": false, "trigger": "operator", "by": "ann" },
                { "generation": 2, "startedAt": { "$date": "2026-03-01T12:00:02Z" }, "trigger": "schedule" }],
              "createdAt": { "$date": "2026-03-01T12:00:00.001Z" }, "createdAtTicks": 2345,
              "updatedAt": { "$date": "2026-03-01T12:00:01Z" },
              "generation": 0, "attempts": [], "events": [], "nextRetryUp": 1772366461000, "nextRetryDown": 1772366461000,
              "lastFailedAt": { "$date": "2026-03-01T12:00:00.001Z" }, "replaysEnded": 1, "replaysDelivered": 0,
              "words": ["no", "route", "network", "error", "order", "4711"]
            }
            """;
        Assert.Equal(BsonDocument.Parse(expected).ToJson(), BsonDocument.Parse(json).ToJson());
    }

    private static Letter ExpectKept(Letter letter)
    {
        var read = LetterBson.Read(OverTheWire(LetterBson.Write(1, letter)));
        Assert.Equal(Text(letter), Text(read));
        return read;
    }

    private static BsonDocument OverTheWire(BsonDocument document) => BsonSerializer.Deserialize<BsonDocument>(document.ToBson());

    private static Letter Full() => Letter(1) with
    {
        OriginalMessage = new Envelope
        {
            Payload = Payload.Parse("""{"a":[1,2]}"""),
            Target = "",
            ClientMessageId = "c",
            CorrelationId = "k",
            Source = "shop",
            Priority = MessagePriority.Critical,
            Tags = ["x", "y"],
            OrderingKey = "o",
            DeliverAt = At(1.0000001),
            ExpiresAt = At(2),
            Retry = new RetryOverrides { MaxRetries = 0, BaseBackoffMs = 1, MaxBackoffMs = 2, JitterPercent = 3 },
            TraceParent = "00-0",
            TraceState = "vendor=1",
            AcceptedAt = At(0.1234567),
        },
        ErrorStack = "at A\n  at B\0",
        ErrorType = ErrorType.Validation,
        DlqRetryCount = 2,
        Status = LetterStatus.Manual,
        Strategy = ReplayStrategy.OffPeak,
        NextRetryAt = null,
        Generation = 3,
        Version = long.MaxValue,
        Metadata = new LetterMetadata
        {
            Source = null,
            Priority = MessagePriority.Low,
            Tags = ["x", ""],
            Target = "billing",
            CorrelationId = "k",
            SystemState = new SystemState(12.5, 1L << 40, 0.25, "silo-1"),
        },
        ReplayAttempts =
        [
            new ReplayAttempt
            {
                Generation = 1, StartedAt = At(5), EndedAt = At(6), Delivered = false, Trigger = ReplayTrigger.Operator, By = "ann",
                Target = "other", Payload = Payload.Parse("[]"), Error = "no",
                Reason = "why", JobId = "job", Changes = [new PayloadChange("/a", null, "1"), new PayloadChange("", "2", null)],
            },
            new ReplayAttempt { Generation = 2, StartedAt = At(7) },
        ],
    };
}
