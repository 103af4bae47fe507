using DlqCluster.Breakers;
using DlqCluster.Delivery;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>Why a message has not been sent: DE10.</summary>
[Trait("Spec", "DE10")]
public sealed class MessageExplainerTests
{
    private static readonly DateTimeOffset _now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MessageId _head = new("00000001-0000-7000-8000-000000000000");

    private static readonly MessageSnapshot _ready = new()
    {
        Now = _now,
        Record = new MessageRecord { State = MessageState.Pending, Envelope = new Envelope { OrderingKey = "k" } },
        Downstream = new Downstream { Name = "default", MaxConcurrency = 2 },
        Breaker = new BreakerView { Name = "default", State = BreakerState.Closed },
    };

    private static readonly MessageSnapshot _retrying = _ready with
    {
        Record = _ready.Record with
        {
            State = MessageState.Retrying,
            NextAttemptAt = _now.AddSeconds(4),
            AttemptsMade = 2,
            Attempts = [new Attempt { Number = 2, ErrorType = ErrorType.Server, Error = "HTTP 503" }],
        },
    };

    private static readonly MessageSnapshot _open = _ready with
    {
        Breaker = new BreakerView { Name = "default", State = BreakerState.Open, OpenedAt = _now.AddSeconds(-5), NextProbeAt = _now.AddSeconds(25) },
    };

    [Fact]
    public void What_nothing_stands_in_the_way_of_is_ready() => Check(_ready, _now, WaitReason.Ready);

    [Fact]
    public void Each_obstacle_is_named_with_its_end_where_that_is_known()
    {
        var record = _ready.Record;
        Check(_ready with { Record = record with { State = MessageState.Delivered, EndedAt = _now } }, null, WaitReason.Ended);
        Check(_ready with { Record = record with { Owed = new LetterNews() } }, _now, WaitReason.DeadLettering);
        Check(_ready with { IsSending = true }, _now, WaitReason.BeingSent);
        Check(_ready with { Record = record with { Envelope = new Envelope { ExpiresAt = _now } } }, null, WaitReason.Expiring);
        Check(_ready with { Record = record with { State = MessageState.Scheduled, NextAttemptAt = _now.AddDays(1) } }, _now.AddDays(1), WaitReason.Scheduled);
        Check(_retrying, _now.AddSeconds(4), WaitReason.Backoff);
        Check(_ready with { Downstream = null }, null, WaitReason.NoDownstream);
        Check(_ready with { IsDraining = true }, null, WaitReason.Draining);
        Check(_ready with { Paused = true }, null, WaitReason.Paused);
        Check(_open, _now.AddSeconds(25), WaitReason.BreakerOpen);
        Check(_ready with { Breaker = _open.Breaker! with { Mode = BreakerMode.ForcedOpen } }, null, WaitReason.BreakerOpen);
        Check(_ready with { Breaker = _open.Breaker! with { State = BreakerState.HalfOpen } }, null, WaitReason.BreakerHalfOpen);
        Check(_ready with { Gate = new GateCounts(7, 2, false) }, null, WaitReason.Bulkhead);
        var limited = _ready.Downstream! with { RatePerSecond = 10 };
        Check(_ready with { Downstream = limited, Gate = new GateCounts(20, 0, false) }, _now.AddSeconds(2), WaitReason.RateLimit);
    }

    [Fact]
    public void Whoever_waits_behind_others_of_its_key_learns_whom_it_waits_for()
    {
        var behind = _ready with
        {
            Spot = new LaneSpot(3, _head, null),
            Head = new MessageView { MessageId = _head, State = MessageState.Retrying, NextAttemptAt = _now.AddSeconds(9) },
        };
        var reason = Check(behind, null, WaitReason.OrderingHead);
        Assert.Equal(_head, reason.BlockingMessageId);
        Assert.Contains("3 of its ordering key 'k' are before it", reason.Text, StringComparison.Ordinal);
        Assert.Contains("retrying until 2030-01-01T12:00:09.000Z", reason.Text, StringComparison.Ordinal);

        reason = Check(behind with { Spot = new LaneSpot(1, _head, _now) }, null, WaitReason.OrderingBlocked);
        Assert.Equal(_head, reason.BlockingMessageId);
        Check(behind with { Spot = new LaneSpot(0, _head, null) }, _now, WaitReason.Ready);
    }

    [Fact]
    public void A_backoff_says_what_failed()
    {
        var text = Check(_retrying, _now.AddSeconds(4), WaitReason.Backoff).Text;
        Assert.Equal("Attempt 2 failed with SERVER_ERROR (HTTP 503); attempt 3 is due at 2030-01-01T12:00:04.000Z.", text);
    }

    [Fact]
    public void Several_reasons_are_all_named_and_the_last_to_end_decides()
    {
        Check(_retrying with { Breaker = _open.Breaker }, _now.AddSeconds(25), WaitReason.Backoff, WaitReason.BreakerOpen);
        Check(_retrying with { Paused = true }, null, WaitReason.Backoff, WaitReason.Paused);
        // A breaker that is to be probed before the message is due holds it up no longer.
        var later = _retrying with { Record = _retrying.Record with { NextAttemptAt = _now.AddHours(1) }, Breaker = _open.Breaker };
        Check(later, _now.AddHours(1), WaitReason.Backoff);
        // Behind a gate that is shut nobody waits for a place.
        Check(_open with { Gate = new GateCounts(9, 2, true) }, _now.AddSeconds(25), WaitReason.BreakerOpen);
    }

    private static MessageReason Check(MessageSnapshot seen, DateTimeOffset? expectedAt, params WaitReason[] codes)
    {
        var reasons = MessageExplainer.Explain(seen);
        Assert.Equal(codes, reasons.Select(reason => reason.Code));
        Assert.Equal(expectedAt, MessageExplainer.ExpectedAt(reasons));
        Assert.All(reasons, reason => Assert.EndsWith(".", reason.Text, StringComparison.Ordinal));
        return reasons[0];
    }
}
