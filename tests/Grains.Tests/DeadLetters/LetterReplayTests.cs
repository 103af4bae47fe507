using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using FsCheck.Fluent;
using static DlqCluster.Grains.Tests.DeadLetters.Letters;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>What a replay sends, and whole lives of letters.</summary>
[Trait("Spec", "DQ5")]
public sealed class LetterReplayTests
{
    private static readonly Payload _edited = Payload.Parse("""{"edited":true}""");

    public enum Event
    {
        Scheduled,
        ByHand,
        ByHandEdited,
        Delivered,
        Failed,
        FailedAgain,
        Cancelled,
        Lost,
        Refused,
        OldNews,
    }

    [Fact]
    public void Without_edits_a_replay_sends_the_original()
    {
        var letter = Start(Pending());
        Assert.Equal(new ReplayMessage(1, letter.OriginalMessage), LetterLifecycle.ToReplay(letter));
    }

    [Fact]
    public void Edits_are_sent_and_the_original_is_kept()
    {
        var letter = Start(Pending(), ReplayTrigger.Operator, _edited, "elsewhere");
        var sent = LetterLifecycle.ToReplay(letter).Envelope;
        Assert.Equal((_edited, "elsewhere"), (sent.Payload, sent.Target));
        Assert.Equal(letter.OriginalMessage with { Payload = _edited, Target = "elsewhere" }, sent);
        Assert.Equal(
            (Samples.Envelope().Payload, "billing", "billing"),
            (letter.OriginalMessage.Payload, letter.OriginalMessage.Target, letter.Metadata.Target));
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void What_was_edited_or_redirected_stays_so_in_the_replays_that_follow_by_schedule()
    {
        Assert.Equal((null, null), LetterLifecycle.Edits(Pending()));
        var letter = Start(Pending(), ReplayTrigger.Operator, _edited, "elsewhere");
        for (var replay = 1; replay < 4; replay++)
        {
            letter = LetterLifecycle.Admit(letter, News(replay), Samples.At(70), Options())!;
            letter = Start(letter, kept: 1);
            Assert.Empty(letter.ReplayAttempts[^1].Changes);
            Assert.Equal(
                (_edited, "elsewhere"),
                (LetterLifecycle.ToReplay(letter).Envelope.Payload, LetterLifecycle.ToReplay(letter).Envelope.Target));
        }
    }

    [Fact]
    public void A_replay_by_hand_without_edits_goes_back_to_the_original()
    {
        var letter = LetterLifecycle.Admit(Start(Pending(), ReplayTrigger.Operator, _edited, "elsewhere"), News(1), Samples.At(70), Options())!;
        Assert.Equal(letter.OriginalMessage.Payload, LetterLifecycle.ToReplay(Start(letter, ReplayTrigger.Operator)).Envelope.Payload);
    }

    [Fact]
    public void The_schedule_respects_the_expiry_and_a_person_knows_better_and_neither_waits_for_deliverAt()
    {
        var envelope = Samples.Envelope() with { ExpiresAt = Samples.At(1), DeliverAt = Samples.At(-1) };
        var letter = Pending() with { OriginalMessage = envelope };
        Assert.Equal(
            (Samples.At(1), null),
            (LetterLifecycle.ToReplay(Start(letter)).Envelope.ExpiresAt!.Value, LetterLifecycle.ToReplay(Start(letter)).Envelope.DeliverAt));
        var byHand = Start(letter, ReplayTrigger.Operator);
        Assert.Null(LetterLifecycle.ToReplay(byHand).Envelope.ExpiresAt);
        var afterwards = LetterLifecycle.Admit(byHand, News(1), Samples.At(70), Options())!;
        Assert.Equal(Samples.At(1), LetterLifecycle.ToReplay(Start(afterwards)).Envelope.ExpiresAt);
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void Whatever_happens_one_replay_at_a_time_a_resolved_letter_stays_resolved_and_none_goes_on_for_ever() => Laws.HoldForEach(
        Gen.Elements(Enum.GetValues<Event>()).ArrayOf(),
        events =>
        {
            var letter = Pending();
            var byItself = 0;
            foreach (var happening in events)
            {
                var next = Apply(letter, happening);
                Assert.True(next.Generation - letter.Generation is 0 or 1);
                Assert.Equal(next.ReplayAttempts.Count, next.Generation);
                Assert.Equal(next.Status == LetterStatus.Processing ? 1 : 0, next.ReplayAttempts.Count(replay => replay.EndedAt is null));
                Assert.Equal(next.Status == LetterStatus.Pending, next.NextRetryAt is not null);
                Assert.Equal(letter.OriginalMessage, next.OriginalMessage);
                Assert.Equal(letter.CreatedAt, next.CreatedAt);
                Assert.True(next.DlqRetryCount >= letter.DlqRetryCount);
                if (letter.Status == LetterStatus.Resolved) Assert.Same(letter, next);
                if (happening == Event.Scheduled && next.Generation > letter.Generation) byItself++;
                letter = next;
            }

            var lost = letter.ReplayAttempts.Count(replay => replay.Error == "The replay was lost.");
            Assert.True(byItself <= Options().MaxReplays + lost + letter.ReplayAttempts.Count(replay => replay.Trigger == ReplayTrigger.Operator));
        },
        times: 1_000);

    private static Letter Apply(Letter letter, Event happening)
    {
        var underWay = letter.Status == LetterStatus.Processing;
        var byHand = letter.Status is LetterStatus.Pending or LetterStatus.Failed or LetterStatus.Manual;
        return happening switch
        {
            Event.Scheduled => letter.Status == LetterStatus.Pending ? Start(letter) : letter,
            Event.ByHand => byHand ? Start(letter, ReplayTrigger.Operator) : letter,
            Event.ByHandEdited => byHand ? Start(letter, ReplayTrigger.Operator, _edited, "b") : letter,
            Event.Delivered => LetterLifecycle.ReplayEnded(letter, letter.Generation, MessageState.Delivered, Samples.At(80)) ?? letter,
            Event.Cancelled => LetterLifecycle.ReplayEnded(letter, letter.Generation, MessageState.Cancelled, Samples.At(80)) ?? letter,
            Event.Failed or Event.FailedAgain => LetterLifecycle.Admit(letter, News(letter.Generation), Samples.At(80), Options()) ?? letter,
            Event.OldNews => LetterLifecycle.Admit(letter, News(letter.Generation - 1), Samples.At(80), Options()) ?? letter,
            Event.Lost => underWay ? LetterLifecycle.Reclaim(letter, Samples.At(80), Options()) : letter,
            _ => underWay ? LetterLifecycle.Refused(letter, Samples.At(80), Options()) : letter,
        };
    }
}
