using System.Globalization;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Api.OpenApi;

/// <summary>The examples of ordering lanes.</summary>
internal static class OrderingSamples
{
    /// <summary>The body of a skip.</summary>
    public const string SkipBody = $$"""{"messageId":"{{Samples.Id}}","reason":"The customer has called; the order is void."}""";

    /// <summary>The body of an unblock.</summary>
    public const string ReasonBody = """{"reason":"Later orders must not wait any longer."}""";

    private static readonly DateTimeOffset _at = DateTimeOffset.Parse(Samples.At, CultureInfo.InvariantCulture);
    private static readonly MessageId _id = new(Samples.Id);

    /// <summary>A lane's name.</summary>
    public static LaneName Name => new("shop", "customer-9");

    /// <summary>A lane.</summary>
    public static LaneView Lane => new()
    {
        Target = Name.Target,
        OrderingKey = Name.OrderingKey,
        Partition = Name.Partition(16),
        Length = 2,
        HeadMessageId = _id,
        HeadJoinedAt = _at,
        Blocked = true,
        BlockedSince = _at.AddSeconds(7),
        Messages = [_id, new MessageId("01a20116-5519-70ea-ac93-15dc670728b1")],
    };

    /// <summary>Why a message waits.</summary>
    public static MessageExplanation Explanation => new()
    {
        MessageId = new MessageId("01a20116-5519-70ea-ac93-15dc670728b1"),
        State = MessageState.Parked,
        Summary = Held,
        Reasons = [new MessageReason(WaitReason.OrderingBlocked, Held, null, _id)],
    };

    private static string Held => $"Message {_id} of its ordering key 'customer-9' is a dead letter and holds up those behind it since {Samples.At}, "
        + "until it is replayed, discarded or skipped.";

    /// <summary>A page of lanes.</summary>
    public static LaneListAnswer List => new([Lane with { Messages = [] }], 50, null);

    /// <summary>The answer to a skip.</summary>
    public static SkipAnswer Skipped => new(_id, 1);

    /// <summary>409: nothing is held up.</summary>
    public static ApiProblem NotBlocked => Problem.Conflict("lane-not-blocked", "No dead letter holds this ordering key up.");

    /// <summary>409: it is another message.</summary>
    public static ApiProblem OtherHead => Problem.LaneHeldByOther(_id);

    /// <summary>409: it is being replayed.</summary>
    public static ApiProblem BeingReplayed =>
        Problem.Conflict("letter-processing", "The dead letter that holds this ordering key up is being replayed; wait for how that ends.");
}
