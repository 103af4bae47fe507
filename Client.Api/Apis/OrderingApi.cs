using System.Buffers.Text;
using System.Text;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Api.Apis;

/// <summary>Ordering lanes: list them, look at one, free one that a dead letter holds up.</summary>
internal static class OrderingApi
{
    private const string Target = "target";
    private const string Key = "orderingKey";
    private const string Blocked = "blocked";
    private const string Cursor = "cursor";

    private static readonly Input[] _filter =
    [
        Input.Text(Target, "To this downstream.", "shop"),
        Input.Flag(Blocked, "Only those that a dead letter holds up.", false),
        Input.Whole("pageSize", "The most lanes that a page may have.", 1, QueryReader.MaxPageSize, 50),
        Input.Text(Cursor, "The nextCursor of the page before.", "c2hvcDpjdXN0b21lci05"),
    ];

    private static readonly Input[] _lane =
    [
        Input.Text(Target, "The lane's downstream.", "shop") with { Required = true },
        Input.Text(Key, "The lane's ordering key.", "customer-9") with { Required = true },
    ];

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var ordering = routes.MapGroup("/api/ordering").WithTags("Ordering");
        ordering.MapGet("/lanes", ListAsync).Describe("ListLanes", "The ordering keys that have messages, by downstream and key.", 400, 503)
            .Takes(_filter).Answers(200, OrderingSamples.List);
        ordering.MapGet("/lane", GetAsync).Describe("GetLane", "One ordering key with the messages that wait in it, in order.", 400, 503)
            .Takes([.. _lane, Input.Whole("messages", "How many messages to name.", 0, QueryReader.MaxPageSize, 50)])
            .Answers(200, OrderingSamples.Lane).Refuses(Problem.NoLane(OrderingSamples.Name));
        ordering.MapPost("/lane/skip", SkipAsync).Audited("lane.skip", Key)
            .Describe("SkipInLane", "Lets a lane go on past the dead letter that holds it up. The letter stays.", 400, 413, 415, 503)
            .Takes(_lane).TakesBody<SkipRequest>(OrderingSamples.SkipBody).Answers(200, OrderingSamples.Skipped)
            .Refuses(OrderingSamples.NotBlocked, OrderingSamples.OtherHead, OrderingSamples.BeingReplayed);
        ordering.MapPost("/lane/unblock", UnblockAsync).Audited("lane.unblock", Key)
            .Describe("UnblockLane", "Lets a lane go on past whatever dead letter holds it up. The letter stays.", 400, 413, 415, 503)
            .Takes(_lane).TakesBody<ReasonRequest>(OrderingSamples.ReasonBody).Answers(200, OrderingSamples.Skipped)
            .Refuses(OrderingSamples.NotBlocked, OrderingSamples.BeingReplayed);
    }

    private static async Task<Results<Ok<LaneListAnswer>, ApiProblem>> ListAsync(
        HttpRequest request, IOrderingStore store, IOptions<PartitionOptions> partitions)
    {
        var query = new QueryReader(request.Query);
        var lanes = new LaneQuery
        {
            Target = query.Text(Target),
            BlockedOnly = query.Flag(Blocked) ?? false,
            Limit = query.Whole("pageSize", 50, 1, QueryReader.MaxPageSize),
        };
        if (query.Text(Cursor) is { } cursor)
        {
            if (TryReadCursor(cursor, lanes.Target, out var after)) lanes = lanes with { After = after };
            else query.Refuse(Cursor, "is not the nextCursor of a page with the same target");
        }

        if (query.Finish() is { } problem) return problem;
        // One more than asked for tells whether a next page exists.
        var found = await store.ListAsync(lanes with { Limit = lanes.Limit + 1 });
        var page = found.Take(lanes.Limit).Select(lane => Show(lane, partitions.Value.Count)).ToArray();
        var next = found.Count > lanes.Limit ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(found[lanes.Limit - 1].Lane.ToString())) : null;
        return TypedResults.Ok(new LaneListAnswer(page, lanes.Limit, next));
    }

    private static async Task<Results<Ok<LaneView>, ApiProblem>> GetAsync(HttpRequest request, IGrainFactory grains)
    {
        var query = new QueryReader(request.Query);
        var messages = query.Whole("messages", 50, 0, QueryReader.MaxPageSize);
        if (ReadLane(query, out var lane) is { } problem) return problem;
        var view = await grains.GetGrain<IOrderingLaneGrain>(lane.ToString()).Get(messages);
        return view is null ? Problem.NoLane(lane) : TypedResults.Ok(view);
    }

    private static async Task<Results<Ok<SkipAnswer>, ApiProblem>> SkipAsync(HttpRequest request, MessageRules rules, IGrainFactory grains)
    {
        if (ReadLane(new QueryReader(request.Query), out var lane) is { } problem) return problem;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.SkipRequest, rules.Limits);
        if (problemOfBody is not null) return problemOfBody;
        var errors = new FieldErrors();
        var reason = Reasons.Of(request, body!.Reason);
        Reasons.Check(reason, required: true, rules, errors);
        // Named, so that what is skipped is what the operator has looked at.
        if (!MessageId.TryParse(body.MessageId, out var message)) errors.Add("messageId", "is required: the id of the message to skip");
        if (!errors.IsEmpty) return Problem.Invalid(errors);
        return await FreeAsync(request, lane, message, grains);
    }

    private static async Task<Results<Ok<SkipAnswer>, ApiProblem>> UnblockAsync(HttpRequest request, MessageRules rules, IGrainFactory grains)
    {
        if (ReadLane(new QueryReader(request.Query), out var lane) is { } problem) return problem;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.ReasonRequest, rules.Limits, new ReasonRequest());
        if (problemOfBody is not null) return problemOfBody;
        var errors = new FieldErrors();
        var reason = Reasons.Of(request, body!.Reason);
        Reasons.Check(reason, required: true, rules, errors);
        return errors.IsEmpty ? await FreeAsync(request, lane, null, grains) : Problem.Invalid(errors);
    }

    private static async Task<Results<Ok<SkipAnswer>, ApiProblem>> FreeAsync(
        HttpRequest request, LaneName lane, MessageId? message, IGrainFactory grains)
    {
        var scope = AuditScope.Of(request.HttpContext);
        var grain = grains.GetGrain<IOrderingLaneGrain>(lane.ToString());
        var result = await grain.Skip(message);
        switch (result.Outcome)
        {
            case SkipOutcome.NotBlocked:
                return OrderingSamples.NotBlocked;
            case SkipOutcome.OtherHead:
                return Problem.LaneHeldByOther(result.MessageId!.Value);
            case SkipOutcome.BeingReplayed:
                return OrderingSamples.BeingReplayed;
            default:
                scope.Detail = $"target {lane.Target}, message {result.MessageId}";
                return TypedResults.Ok(new SkipAnswer(result.MessageId!.Value, (await grain.Get(0))?.Length ?? 0));
        }
    }

    private static ApiProblem? ReadLane(QueryReader query, out LaneName lane)
    {
        var (target, key) = (query.Text(Target), query.Text(Key));
        if (target is null) query.Refuse(Target, "is required");
        else if (target.Contains(':', StringComparison.Ordinal)) query.Refuse(Target, "is not the name of a downstream");
        if (key is null) query.Refuse(Key, "is required");
        lane = new LaneName(target ?? "", key ?? "");
        return query.Finish();
    }

    private static bool TryReadCursor(string cursor, string? target, out LaneName lane)
    {
        lane = default;
        return Base64Url.IsValid(cursor)
            && LaneName.TryParse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)), out lane)
            && (target is null || lane.Target == target);
    }

    private static LaneView Show(LaneSummary lane, int partitions) => new()
    {
        Target = lane.Lane.Target,
        OrderingKey = lane.Lane.OrderingKey,
        Partition = lane.Lane.Partition(partitions),
        Length = lane.Length,
        HeadMessageId = lane.Head.MessageId,
        HeadJoinedAt = lane.Head.JoinedAt,
        Blocked = lane.BlockedSince is not null,
        BlockedSince = lane.BlockedSince,
    };
}
