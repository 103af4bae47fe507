using System.Globalization;
using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Api.OpenApi;

/// <summary>The examples of replay jobs.</summary>
internal static class ReplaySamples
{
    /// <summary>The body that starts a job, or tries it out.</summary>
    public const string StartBody = """{"filter":{"source":"web","errorType":"SERVER_ERROR"},"ratePerSecond":200,"ramp":true,"reason":"The shop is up again.","dryRun":true}""";

    /// <summary>The body of an order.</summary>
    public const string OrderBody = """{"reason":"The shop has a sale until noon."}""";

    private const string Shop = "shop";
    private const string ServerError = "SERVER_ERROR";

    private static readonly DateTimeOffset _at = DateTimeOffset.Parse(Samples.At, CultureInfo.InvariantCulture);

    /// <summary>What a dry run answers.</summary>
    public static ReplayPreviewAnswer Preview => new(
        41,
        [new NamedCount(Shop, 41)],
        [new NamedCount(ServerError, 41)],
        [new ReplaySample(new MessageId(Samples.Id), Shop, LetterStatus.Failed, ErrorType.Server, "HTTP 503 from https://shop.example/hooks", _at)],
        19.2,
        [new ReplayBlock(Shop, ReplayBlockReason.BreakerOpen, _at.AddMinutes(10))]);

    /// <summary>What a start answers.</summary>
    public static ReplayStartedAnswer Started => new(Samples.Id, 41);

    /// <summary>A job that runs.</summary>
    public static ReplayJobView Job => new()
    {
        JobId = Samples.Id,
        State = ReplayJobState.Running,
        Matched = 41,
        UnderWay = 2,
        Delivered = 12,
        Failed = 1,
        Remaining = 26,
        RatePerSecond = 2,
        EstimatedSeconds = 0.1,
        ByTarget = [new ReplayTargetView { Target = Shop, Matched = 41, Delivered = 12, Failed = 1 }],
        CreatedAt = _at.AddMinutes(9),
        StateAt = _at.AddMinutes(9),
        Plan = new ReplayJobPlan
        {
            Filter = new LetterFilter { Source = "web", ErrorType = ErrorType.Server },
            SelectedAt = _at.AddMinutes(9),
            BatchSize = 100,
            MaxConcurrent = 100,
            RatePerSecond = 200,
            Ramp = true,
            By = "ann",
            Reason = "The shop is up again.",
            ByTarget = [new NamedCount(Shop, 41)],
            ByErrorType = [new NamedCount(ServerError, 41)],
        },
    };

    /// <summary>A job that was paused.</summary>
    public static ReplayJobView Paused => Told(ReplayJobState.Paused);

    /// <summary>A job that was cancelled.</summary>
    public static ReplayJobView Cancelled => Told(ReplayJobState.Cancelled);

    /// <summary>The list of the jobs.</summary>
    public static PageAnswer<ReplayJobView> Jobs => new([Job], 1, 20, 1);

    private static ReplayJobView Told(ReplayJobState state) => Job with
    {
        State = state,
        StateBy = "bob",
        StateReason = "The shop has a sale until noon.",
        StateAt = _at.AddMinutes(10),
        UnderWay = 0,
        Delivered = 14,
    };
}
