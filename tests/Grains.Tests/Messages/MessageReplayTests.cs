using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using static DlqCluster.Grains.Tests.Messages.MessageCases;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>Which replays a message takes on, and what it says of them.</summary>
[Trait("Spec", "DQ5")]
[Trait("Spec", "DQ7b")]
public sealed class MessageReplayTests
{
    private static readonly DateTimeOffset _now = Samples.At(100);

    /// <summary>Null: it takes the replay on.</summary>
    [Theory]
    [InlineData("dead-lettered", 1, null)]
    [InlineData("dead-lettered", 5, null)]
    [InlineData("budget spent", 1, null)]
    [InlineData("budget spent, out of date", 1, null)]
    [InlineData("delivered", 1, ReplayProgress.Delivered)]
    [InlineData("pending", 1, ReplayProgress.Failed)]
    [InlineData("scheduled", 1, ReplayProgress.Failed)]
    [InlineData("retrying", 1, ReplayProgress.Failed)]
    [InlineData("replay pending", 1, ReplayProgress.UnderWay)]
    [InlineData("replay pending", 2, ReplayProgress.Failed)]
    [InlineData("replay retrying", 1, ReplayProgress.UnderWay)]
    [InlineData("replay failed", 1, ReplayProgress.UnderWay)]
    [InlineData("replay failed", 2, null)]
    [InlineData("replay delivered", 1, ReplayProgress.Delivered)]
    [InlineData("replay delivered", 2, ReplayProgress.Delivered)]
    [InlineData("replay delivered, told", 1, ReplayProgress.Delivered)]
    [InlineData("replay delivered, told", 2, ReplayProgress.Delivered)]
    [InlineData("replay cancelled", 1, ReplayProgress.UnderWay)]
    [InlineData("replay cancelled", 2, null)]
    [InlineData("replay dead-lettered", 1, ReplayProgress.Failed)]
    [InlineData("replay dead-lettered", 2, null)]
    public void Each_record_takes_a_replay_or_answers_why_not(string kind, int generation, ReplayProgress? answer) =>
        Assert.Equal(answer, MessageLifecycle.AnswerReplay(Records[kind], generation));

    [Theory]
    [InlineData("cancelled")]
    [InlineData("expired")]
    [InlineData("suppressed")]
    public void What_ended_without_ever_being_dead_lettered_takes_no_replay(string kind) =>
        Assert.Equal(ReplayProgress.Failed, MessageLifecycle.AnswerReplay(Records[kind], 1));

    [Fact]
    public void A_message_that_has_been_forgotten_takes_the_replay() => Assert.Null(MessageLifecycle.AnswerReplay(null, 3));

    [Theory]
    [InlineData("pending", 1, ReplayProgress.Unknown)]
    [InlineData("dead-lettered", 1, ReplayProgress.Unknown)]
    [InlineData("replay pending", 1, ReplayProgress.UnderWay)]
    [InlineData("replay pending", 2, ReplayProgress.Unknown)]
    [InlineData("replay retrying", 1, ReplayProgress.UnderWay)]
    [InlineData("replay failed", 1, ReplayProgress.UnderWay)]
    [InlineData("replay cancelled", 1, ReplayProgress.UnderWay)]
    [InlineData("replay delivered", 1, ReplayProgress.Delivered)]
    [InlineData("replay delivered, told", 1, ReplayProgress.Delivered)]
    [InlineData("replay dead-lettered", 1, ReplayProgress.Failed)]
    public void Each_record_knows_how_a_replay_is_doing(string kind, int generation, ReplayProgress progress) =>
        Assert.Equal(progress, MessageLifecycle.Progress(Records[kind], generation));

    [Fact]
    public void Of_an_earlier_replay_it_knows_that_it_failed_unless_it_was_delivered()
    {
        Assert.Equal(ReplayProgress.Failed, MessageLifecycle.Progress(Records["replay pending"] with { Generation = 3 }, 2));
        Assert.Equal(ReplayProgress.Delivered, MessageLifecycle.Progress(Records["replay delivered"] with { Generation = 3 }, 2));
        Assert.Equal(ReplayProgress.Unknown, MessageLifecycle.Progress(null, 1));
    }

    [Fact]
    public void A_replay_begins_with_a_fresh_budget_and_sends_what_the_letter_says()
    {
        var record = MessageLifecycle.Replay(Records["dead-lettered"], Replay(4), _now);
        Assert.Equal((MessageState.Pending, 0, 4), (record.State, record.AttemptsMade, record.Generation));
        Assert.Equal(Replay(4).Envelope, record.Envelope);
        Assert.Equal("hash", record.RequestHash);
        Assert.Null(record.Owed);
        Assert.Null(record.EndedAt);
        Assert.Equal(MessageNeed.Send, MessageLifecycle.Next(record, _now).Need);
    }

    [Fact]
    public void A_replay_waits_its_turn_among_what_is_ready_now() =>
        Assert.Equal(_now, MessageLifecycle.Replay(Records["dead-lettered"], Replay(1), _now).NextAttemptAt);

    [Fact]
    public void A_replay_keeps_the_attempts_that_were_made_before()
    {
        var failed = MessageLifecycle.Told(After(Records["pending"], AttemptResult.Failed(ErrorType.Client, "no")), _now);
        var record = After(MessageLifecycle.Replay(failed, Replay(1), _now), Transient);
        Assert.Equal([(1, 0), (1, 1)], record.Attempts.Select(attempt => (attempt.Number, attempt.Generation)));
    }

    [Fact]
    public void Taking_a_replay_on_makes_a_repeat_of_it_one_that_is_under_way() => Assert.All(
        Records.Where(pair => MessageLifecycle.AnswerReplay(pair.Value, 2) is null),
        pair => Assert.Equal(ReplayProgress.UnderWay, MessageLifecycle.AnswerReplay(MessageLifecycle.Replay(pair.Value, Replay(2), _now), 2)));

    [Fact]
    public void A_delivered_message_never_takes_a_replay_of_any_generation() => Assert.All(
        Records.Where(pair => pair.Value.State == MessageState.Delivered),
        pair => Assert.All(Enumerable.Range(1, 20), generation => Assert.Equal(ReplayProgress.Delivered, MessageLifecycle.AnswerReplay(pair.Value, generation))));
}
