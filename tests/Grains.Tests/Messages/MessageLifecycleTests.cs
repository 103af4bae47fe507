using DlqCluster.Conversations;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using static DlqCluster.Grains.Tests.Messages.MessageCases;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>The table of a message's life: every kind of record against everything that can happen to it.</summary>
public sealed class MessageLifecycleTests
{
    private static readonly DateTimeOffset _now = Samples.Start;

    public static TheoryData<string> Kinds => [.. Records.Keys];

    [Theory]
    [InlineData("pending", nameof(MessageNeed.Send))]
    [InlineData("scheduled", nameof(MessageNeed.Wait))]
    [InlineData("scheduled, due", nameof(MessageNeed.Send))]
    [InlineData("retrying", nameof(MessageNeed.Wait))]
    [InlineData("retrying, due", nameof(MessageNeed.Send))]
    [InlineData("pending, out of date", nameof(MessageNeed.Expire))]
    [InlineData("retrying, out of date", nameof(MessageNeed.Expire))]
    [InlineData("budget spent", nameof(MessageNeed.TellPartition))]
    [InlineData("budget spent, out of date", nameof(MessageNeed.TellPartition))]
    [InlineData("delivered", nameof(MessageNeed.Nothing))]
    [InlineData("cancelled", nameof(MessageNeed.Nothing))]
    [InlineData("expired", nameof(MessageNeed.Nothing))]
    [InlineData("suppressed", nameof(MessageNeed.Nothing))]
    [InlineData("dead-lettered", nameof(MessageNeed.Nothing))]
    [InlineData("replay pending", nameof(MessageNeed.Send))]
    [InlineData("replay retrying", nameof(MessageNeed.Wait))]
    [InlineData("replay failed", nameof(MessageNeed.TellPartition))]
    [InlineData("replay delivered", nameof(MessageNeed.TellPartition))]
    [InlineData("replay delivered, told", nameof(MessageNeed.Nothing))]
    [InlineData("replay cancelled", nameof(MessageNeed.TellPartition))]
    [InlineData("replay dead-lettered", nameof(MessageNeed.Nothing))]
    public void What_is_needed_next(string kind, string need) =>
        Assert.Equal(need, MessageLifecycle.Next(Records[kind], _now).Need.ToString());

    [Fact]
    public void The_table_above_has_every_kind_of_record() => Assert.Equal(21, Records.Count);

    [Fact]
    public void It_waits_until_the_very_moment_and_not_longer()
    {
        var record = Records["retrying"];
        Assert.Equal(record.NextAttemptAt, MessageLifecycle.Next(record, _now).At);
        Assert.Equal(MessageNeed.Wait, MessageLifecycle.Next(record, record.NextAttemptAt!.Value.AddTicks(-1)).Need);
        Assert.Equal(MessageNeed.Send, MessageLifecycle.Next(record, record.NextAttemptAt.Value).Need);
    }

    [Fact]
    [Trait("Spec", "IN5")]
    public void A_message_is_never_sent_at_or_after_its_expiry()
    {
        var record = Records["pending"] with { Envelope = Samples.Envelope() with { ExpiresAt = _now } };
        Assert.Equal(MessageNeed.Send, MessageLifecycle.Next(record, _now.AddTicks(-1)).Need);
        Assert.Equal(MessageNeed.Expire, MessageLifecycle.Next(record, _now).Need);
    }

    [Fact]
    [Trait("Spec", "IN5")]
    public void A_message_that_expires_during_its_backoff_waits_no_longer_than_to_its_expiry()
    {
        var record = Records["retrying"];
        var expiresAt = record.NextAttemptAt!.Value.AddSeconds(-1);
        var step = MessageLifecycle.Next(record with { Envelope = record.Envelope with { ExpiresAt = expiresAt } }, _now);
        Assert.Equal(new MessageStep(MessageNeed.Wait, expiresAt), step);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_has_ended_or_only_owes_news_is_never_sent_again_at_any_time(string kind)
    {
        var record = Records[kind];
        if (!record.HasEnded && record.Owed is null) return;
        foreach (var at in new[] { DateTimeOffset.MinValue, _now, _now.AddYears(100), DateTimeOffset.MaxValue })
            Assert.Contains(MessageLifecycle.Next(record, at).Need, new[] { MessageNeed.Nothing, MessageNeed.TellPartition });
    }

    [Theory]
    [Trait("Spec", "DE7")]
    [InlineData(null, MessageState.Pending)]
    [InlineData(-1.0, MessageState.Pending)]
    [InlineData(0.0, MessageState.Pending)]
    [InlineData(0.001, MessageState.Scheduled)]
    [InlineData(2_592_000.0, MessageState.Scheduled)]
    public void A_new_message_is_pending_or_scheduled(double? inSeconds, MessageState state)
    {
        var envelope = Samples.Envelope() with { DeliverAt = inSeconds is { } seconds ? _now.AddSeconds(seconds) : null, AcceptedAt = default };
        var record = MessageLifecycle.Accept(new SubmitMessage(envelope, "hash"), _now);
        Assert.Equal(state, record.State);
        Assert.Equal(state == MessageState.Scheduled ? envelope.DeliverAt : null, record.NextAttemptAt);
        Assert.Equal(envelope with { AcceptedAt = _now }, record.Envelope);
        Assert.Equal(("hash", 0, 0, 1L), (record.RequestHash, record.AttemptsMade, record.Generation, record.Revision));
        Assert.Null(record.Owed);
        Assert.Null(record.EndedAt);
    }

    [Fact]
    public void A_delivery_ends_the_message_and_leaves_a_receipt_without_payload()
    {
        var next = After(Records["retrying, due"], AttemptResult.Delivered(202));
        Assert.Equal((MessageState.Delivered, (DateTimeOffset?)_now, null), (next.State, next.EndedAt, next.NextAttemptAt));
        Assert.True(next.Envelope.Payload.IsEmpty);
        Assert.Equal("billing", next.Envelope.Target);
        Assert.Null(next.Owed);
    }

    [Theory]
    [Trait("Spec", "DE4")]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void A_transient_failure_is_repeated_while_the_budget_lasts(int attempt, bool again)
    {
        var next = After(Records["pending"] with { AttemptsMade = attempt - 1 }, AttemptResult.Failed(ErrorType.Server, "503"));
        Assert.Equal((MessageState.Retrying, attempt), (next.State, next.AttemptsMade));
        Assert.Equal(again, next.NextAttemptAt is not null);
        Assert.Equal(again, next.Owed is null);
        if (again) Assert.InRange(next.NextAttemptAt!.Value, _now.AddMilliseconds(800), _now.AddSeconds(30));
    }

    [Theory]
    [Trait("Spec", "DE3")]
    [InlineData(ErrorType.Client)]
    [InlineData(ErrorType.Validation)]
    public void A_permanent_failure_goes_to_the_dead_letters_at_once_with_its_payload_and_its_reason(ErrorType type)
    {
        var next = After(Records["pending"], AttemptResult.Failed(type, "no", 422) with { Detail = "because" });
        Assert.Equal(
            new LetterNews { End = MessageState.DeadLettered, ErrorReason = "no", ErrorStack = "because", ErrorType = type },
            next.Owed);
        Assert.False(next.HasEnded);
        Assert.Null(next.NextAttemptAt);
        Assert.False(next.Envelope.Payload.IsEmpty);
    }

    [Fact]
    public void It_is_dead_lettered_only_when_the_partition_has_been_told_and_only_then_is_the_payload_dropped()
    {
        var told = MessageLifecycle.Told(Records["budget spent"], _now);
        Assert.Equal((MessageState.DeadLettered, (DateTimeOffset?)_now), (told.State, told.EndedAt));
        Assert.Null(told.Owed);
        Assert.True(told.Envelope.Payload.IsEmpty);
    }

    [Fact]
    public void The_end_of_a_replay_is_owed_to_the_partition_and_then_forgotten()
    {
        foreach (var end in new[] { MessageState.Delivered, MessageState.Cancelled, MessageState.Expired, MessageState.Suppressed })
        {
            var ended = MessageLifecycle.End(Records["replay pending"], end, _now);
            Assert.Equal(new LetterNews { End = end }, ended.Owed);
            var told = MessageLifecycle.Told(ended, _now.AddSeconds(1));
            Assert.Null(told.Owed);
            Assert.Equal((end, (DateTimeOffset?)_now), (told.State, told.EndedAt));
        }
    }

    [Fact]
    public void The_end_of_a_message_that_was_never_dead_lettered_is_owed_to_nobody() =>
        Assert.All(Ends, end => Assert.Null(MessageLifecycle.End(Records["pending"], end, _now).Owed));

    [Fact]
    public void Attempts_are_kept_up_to_the_limit_the_newest_last()
    {
        var record = Records["pending"];
        for (var i = 1; i <= 60; i++) record = After(record, Transient, maxRetries: 100, kept: 7);
        Assert.Equal(60, record.AttemptsMade);
        Assert.Equal(Enumerable.Range(54, 7), record.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public void One_kept_attempt_is_the_newest() =>
        Assert.Equal(2, Assert.Single(After(After(Records["pending"], Transient, kept: 1), Transient, kept: 1).Attempts).Number);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_change_gets_the_next_revision(string kind)
    {
        var record = Records[kind] with { Revision = 41 };
        Assert.Equal(42, MessageLifecycle.End(record, MessageState.Cancelled, _now).Revision);
        Assert.Equal(42, MessageLifecycle.Replay(record, Replay(9), _now).Revision);
        if (record.Owed is not null) Assert.Equal(42, MessageLifecycle.Told(record, _now).Revision);
        var attempted = After(record, Transient);
        Assert.Equal(42, attempted.Revision);
        Assert.True(After(record, AttemptResult.Delivered()).Revision > 41);
    }

    [Fact]
    [Trait("Spec", "IN2")]
    public void A_receipt_is_remembered_for_the_window_after_the_end()
    {
        var options = new IdempotencyOptions { Window = TimeSpan.FromHours(3) };
        Assert.Equal(Records["delivered"].EndedAt!.Value.AddHours(3), MessageLifecycle.ForgetAt(Records["delivered"], options, new ConversationOptions()));
    }
}
