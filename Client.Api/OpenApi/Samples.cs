using System.Globalization;
using System.Text.Json;
using DlqCluster.Api.Json;
using DlqCluster.Audit;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Api.OpenApi;

/// <summary>The examples in the API document: one order of one shop, and what became of it. Answers are typed, so that they are complete.</summary>
internal static class Samples
{
    /// <summary>An id.</summary>
    public const string Id = "01a20116-5519-70ea-ac93-15dc670728a6";

    /// <summary>A time.</summary>
    public const string At = "2026-11-22T02:29:30.521Z";

    /// <summary>The body of a submit.</summary>
    public const string SubmitBody = """
        {"payload":{"order":18},"target":"shop","source":"web","correlationId":"cart-9","clientMessageId":"order-18","priority":"high","tags":["eu"],"retry":{"maxRetries":5,"baseBackoffMs":500}}
        """;

    /// <summary>The body of a batch.</summary>
    public const string BatchBody = """{"messages":[{"payload":{"order":18},"target":"shop"},{"payload":{"order":19},"target":"shop"}]}""";

    /// <summary>The same batch as lines.</summary>
    public const string BatchLines = "{\"payload\":{\"order\":18},\"target\":\"shop\"}\n{\"payload\":{\"order\":19},\"target\":\"shop\"}\n";

    /// <summary>The body of a replay.</summary>
    public const string ReplayBody = """{"payload":{"order":18,"country":"DE"},"target":"shop"}""";

    /// <summary>The body that defines a downstream.</summary>
    public const string DownstreamBody = """
        {"kind":"http","url":"https://shop.example/hooks","headers":{"X-Team":"orders"},"timeoutMs":5000,"retry":{"maxRetries":5},"breaker":{"openMs":15000}}
        """;

    /// <summary>The body that holds a breaker.</summary>
    public const string ForceBody = """{"reason":"The shop moves to another host.","forMs":600000}""";

    /// <summary>The body that lets go of a breaker.</summary>
    public const string ResetBody = """{"reason":"The move is done."}""";

    /// <summary>The body that removes a downstream.</summary>
    public const string RemoveBody = """{"reason":"The shop has closed."}""";

    /// <summary>What a trial carries.</summary>
    public const string TrialBody = """{"payload":{"trial":true}}""";

    private const string Shop = "shop";
    private const string Web = "web";
    private const string Cart = "cart-9";
    private const string Refused = "HTTP 422 from https://shop.example/hooks: country is missing";

    private static readonly DateTimeOffset _at = DateTimeOffset.Parse(At, CultureInfo.InvariantCulture);
    private static readonly RatePoint _rates = new(_at, 120, 118.5, 3, 0.5, 0);
    private static readonly MessageId _id = new(Id);
    private static readonly string[] _tags = ["eu"];
    private static readonly SystemState _process = new(12.5, 103_645_184, 86_400, "silo-1");

    /// <summary>The answer to a submit.</summary>
    public static SubmitAnswer Submitted => new(_id, MessageState.Pending, _at, IdempotentHit: false);

    /// <summary>The answer to a batch, all accepted.</summary>
    public static BatchAnswer BatchAccepted => new([Item(0), Item(1)]);

    /// <summary>The answer to a batch, one refused.</summary>
    public static BatchAnswer BatchMixed =>
        new([Item(0), new BatchItem { Index = 1, Status = 422, Error = Problems.Problem.UnknownTarget("shopp").ToDocument(null) }]);

    /// <summary>A message.</summary>
    public static MessageView Message => new()
    {
        MessageId = _id,
        State = MessageState.DeadLettered,
        Target = Shop,
        AcceptedAt = _at,
        EndedAt = _at.AddMilliseconds(48),
        Attempts = [new Attempt
        {
            Number = 1,
            StartedAt = _at.AddMilliseconds(9),
            DurationMs = 31.5,
            Outcome = AttemptOutcome.PermanentFailure,
            StatusCode = 422,
            ErrorType = ErrorType.Validation,
            Error = Refused,
        }],
        Priority = MessagePriority.High,
        Tags = _tags,
        Source = Web,
        ClientMessageId = "order-18",
        CorrelationId = Cart,
    };

    /// <summary>The answer to a cancel.</summary>
    public static CancelAnswer Cancelled => new(_id, MessageState.Cancelled);

    /// <summary>A letter.</summary>
    public static Letter Letter => new()
    {
        MessageId = _id,
        OriginalMessage = new Envelope
        {
            Payload = Payload.Parse("""{"order":18}"""),
            Target = Shop,
            Source = Web,
            CorrelationId = Cart,
            Priority = MessagePriority.High,
            Tags = _tags,
            AcceptedAt = _at,
        },
        ErrorReason = Refused,
        ErrorStack = """{"error":"country is missing"}""",
        ErrorType = ErrorType.Validation,
        Fingerprint = "9da36cf8b8476e4d",
        RetryCount = 1,
        DlqRetryCount = 0,
        Status = LetterStatus.Processing,
        Strategy = ReplayStrategy.Manual,
        Metadata = new LetterMetadata { Source = Web, Priority = MessagePriority.High, Tags = _tags, Target = Shop, CorrelationId = Cart, SystemState = _process },
        ReplayAttempts = [new ReplayAttempt
        {
            Generation = 1,
            StartedAt = _at.AddMinutes(5),
            Trigger = ReplayTrigger.Operator,
            By = "ann",
            Payload = Payload.Parse("""{"order":18,"country":"DE"}"""),
        }],
        CreatedAt = _at.AddMilliseconds(48),
        UpdatedAt = _at.AddMinutes(5),
        Generation = 1,
        Version = 2,
    };

    /// <summary>A page of letters.</summary>
    public static LetterListAnswer Letters => new([Letter], 1, 20, 1, null);

    /// <summary>The dead-letter queue in numbers.</summary>
    public static LetterStats Stats => new()
    {
        Total = 41,
        ByStatus = Enum.GetValues<LetterStatus>().ToDictionary(status => status, status => status == LetterStatus.Manual ? 41L : 0L),
        TopErrorTypes = [new NamedCount("VALIDATION_ERROR", 41)],
        BySource = [new NamedCount(Web, 41)],
        ReplaySuccessRate = 0.93,
        OldestPending = _at,
    };

    /// <summary>The answer to a replay.</summary>
    public static ReplayAnswer Replayed => new(_id, 1);

    /// <summary>A breaker.</summary>
    public static BreakerView Breaker => new()
    {
        Name = Shop,
        State = BreakerState.Open,
        Mode = BreakerMode.Auto,
        FailureRatio = 0.62,
        Successes = 19,
        Failures = 31,
        ConsecutiveFailures = 7,
        OpenedAt = _at,
        NextProbeAt = _at.AddSeconds(30),
        Transitions = [new BreakerTransition { At = _at, From = BreakerState.Closed, To = BreakerState.Open, Reason = "31 of 50 failed within 60 s." }],
    };

    /// <summary>A downstream.</summary>
    public static DownstreamAnswer Downstream => new(
        Shop, DownstreamKind.Http, "https://shop.example/hooks", "POST", new Dictionary<string, string> { ["X-Team"] = "orders" }, 5_000, 64, null,
        ["***7c293406"], new RetryOverrides { MaxRetries = 5 }, new BreakerSettings(),
        OnDeadLetter.Continue, OffPeak: null, ClientCertificate: null, Paused: false, SecretsLocked: false, FromConfiguration: false);

    /// <summary>The answer to a pause.</summary>
    public static PauseAnswer Paused => new(Shop, Paused: true);

    /// <summary>The answer to a resume.</summary>
    public static PauseAnswer Resumed => new(Shop, Paused: false);

    /// <summary>The answer to a reclaim.</summary>
    public static ReclaimAnswer Reclaimed => new(2);

    /// <summary>A page of the audit log.</summary>
    public static AuditListAnswer Audit => new(
        [
            new AuditEntry
            {
                Id = Guid.Parse(Id), At = _at, Who = "ann", Credential = "token", Act = "letter.replay", Subject = Id, Count = 1,
                Reason = "The country was added.", From = "10.0.0.7", Outcome = AuditOutcome.Done, Status = 202,
            },
        ],
        50, null);

    /// <summary>All is well.</summary>
    public static HealthAnswer Healthy => new("healthy", "0.1.0", 86_400, [new StoreHealth("sqlite", "healthy", null)]);

    /// <summary>The process runs.</summary>
    public static HealthAnswer Live => new("live", "0.1.0", 86_400, []);

    /// <summary>It takes traffic.</summary>
    public static HealthAnswer Ready => Healthy with { Status = "ready" };

    /// <summary>A store is gone.</summary>
    public static HealthAnswer Unhealthy => new("unhealthy", "0.1.0", 86_400, [new StoreHealth("sqlite", "unhealthy", "The disk is full: free some space.")]);

    /// <summary>The service in numbers.</summary>
    public static SystemHealthAnswer System => new(
        "healthy", new QueueAnswer(120, 8, 90_210, 41, 3, 0, 4, 100_000), new OrderingAnswer(17, 1, 12), false, 1,
        [new BreakerSummary(Shop, BreakerState.Open, BreakerMode.Auto, 0.62)], Stats, _process);

    /// <summary>What the process uses.</summary>
    public static ResourcesAnswer Resources => new(12.5, 2, 103_645_184, 25_325_268_992, 2_698_056, [20, 4, 1], 6, 0, 86_400, "silo-1");

    /// <summary>What came of a trial.</summary>
    public static TrialAnswer Trial => new(_id, AttemptOutcome.PermanentFailure, 422, ErrorType.Validation, Refused, """{"error":"country is missing"}""", 31.5);

    /// <summary>A new secret.</summary>
    public static RotatedAnswer Rotated => new(Shop, "whsec_bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxlIG9mIG9uZQ==", 2);

    /// <summary>The service at one moment.</summary>
    public static LiveAnswer Overview => new(_at, System, _rates);

    /// <summary>Rates over time.</summary>
    public static RatesAnswer Rates => new([_rates], 2);

    /// <summary>Silos.</summary>
    public static ActorsAnswer Actors => new([new SiloAnswer("S127.0.0.1:11111:1", 140, [new GrainCount("MessageGrain", 124), new GrainCount("LedgerGrain", 16)])], 140);

    /// <summary>Settings.</summary>
    public static SettingsAnswer Settings => new([new SettingAnswer("Security:AdminToken", "***", IsDefault: false, "environment variable ADMIN_TOKEN"), new SettingAnswer("Retry:MaxRetries", "3", IsDefault: true, "default")]);

    /// <summary>A page of a list.</summary>
    /// <typeparam name="T">What is listed.</typeparam>
    /// <param name="entry">The one entry.</param>
    /// <param name="pageSize">The most that it may have.</param>
    public static PageAnswer<T> Page<T>(T entry, int pageSize = 100) => new([entry], 1, pageSize, 1);

    /// <summary>An answer as it is sent.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="answer">The answer.</param>
    public static string Json<T>(T answer) => JsonSerializer.Serialize(answer, ApiJson.Context.GetTypeInfo(typeof(T))!);

    private static BatchItem Item(int index) =>
        new() { Index = index, Status = 202, MessageId = _id, State = MessageState.Pending, AcceptedAt = _at, IdempotentHit = false };
}
