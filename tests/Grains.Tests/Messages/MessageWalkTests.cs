using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using FsCheck.Fluent;
using static DlqCluster.Grains.Tests.Messages.MessageCases;

namespace DlqCluster.Grains.Tests.Messages;

/// <summary>Whole lives of messages, drawn at random: whatever happens, what must always hold does.</summary>
public sealed class MessageWalkTests
{
    public enum Event
    {
        Delivered,
        Transient,
        Permanent,
        SlowDown,
        Cancel,
        TimePasses,
        ReplayNext,
        ReplayAgain,
        ReplayOld,
    }

    [Fact]
    [Trait("Spec", "DE4")]
    public void Whatever_happens_the_budget_holds_the_end_is_one_and_nothing_is_sent_after_it() => Laws.HoldForEach(
        Gen.Elements(Enum.GetValues<Event>()).ArrayOf(),
        events =>
        {
            var walk = new Walk(maxRetries: 3);
            foreach (var happening in events) walk.Take(happening);
            walk.Finish();
        },
        times: 1_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void A_downstream_that_always_fails_gets_exactly_the_budget_and_then_the_letter_is_owed(int maxRetries)
    {
        var (record, now, sent) = (Records["pending"], Samples.Start, 0);
        while (MessageLifecycle.Next(record, now) is { Need: not MessageNeed.TellPartition } step)
        {
            if (step.Need == MessageNeed.Wait) now = step.At;
            else
            {
                record = After(record, Transient, maxRetries, at: now);
                Assert.True(++sent <= maxRetries + 1);
            }
        }

        Assert.Equal(maxRetries + 1, sent);
        Assert.Equal(MessageState.DeadLettered, MessageLifecycle.Told(record, now).State);
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void Who_is_ready_earlier_goes_first_among_equals_and_the_more_urgent_goes_first_at_the_same_time()
    {
        MessagePriority[] order = [MessagePriority.Critical, MessagePriority.High, MessagePriority.Normal, MessagePriority.Low];
        Assert.Equal(order, order.Reverse().OrderBy(priority => MessageLifecycle.Rank(priority, Samples.Start)));
        Assert.All(
            order,
            priority => Assert.True(MessageLifecycle.Rank(priority, Samples.Start) < MessageLifecycle.Rank(priority, Samples.Start.AddTicks(1))));
    }

    [Fact]
    [Trait("Spec", "DE5")]
    public void Nothing_starves_for_who_is_ready_a_minute_earlier_goes_first_whatever_the_priorities() =>
        Laws.Hold(
            from first in Gen.Elements(Enum.GetValues<MessagePriority>())
            from second in Gen.Elements(Enum.GetValues<MessagePriority>())
            from later in Gen.Choose(60_001, int.MaxValue)
            select (first, second, later),
            c => Assert.True(MessageLifecycle.Rank(c.first, Samples.Start) < MessageLifecycle.Rank(c.second, Samples.Start.AddMilliseconds(c.later))));

    private sealed class Walk(int maxRetries)
    {
        private readonly HashSet<int> _deliveredIn = [];
        private MessageRecord _record = MessageLifecycle.Accept(new SubmitMessage(Samples.Envelope(), "hash"), Samples.Start);
        private DateTimeOffset _now = Samples.Start;
        private int _sentInGeneration;

        public void Take(Event happening)
        {
            var before = _record;
            switch (happening)
            {
                case Event.TimePasses:
                    _now += TimeSpan.FromSeconds(7);
                    break;
                case Event.Cancel:
                    if (!_record.HasEnded && _record.Owed is null) _record = MessageLifecycle.End(_record, MessageState.Cancelled, _now);
                    break;
                case Event.ReplayNext or Event.ReplayAgain or Event.ReplayOld:
                    TryReplay(_record.Generation + (happening == Event.ReplayNext ? 1 : happening == Event.ReplayAgain ? 0 : -1));
                    break;
                default:
                    Step(happening);
                    break;
            }

            Check(before);
        }

        public void Finish()
        {
            // From wherever it is, a downstream that takes everything brings it to its end.
            for (var steps = 0; MessageLifecycle.Next(_record, _now).Need != MessageNeed.Nothing; steps++)
            {
                Assert.True(steps < 10, "It does not come to an end.");
                _now += TimeSpan.FromMinutes(1);
                Take(Event.Delivered);
            }

            Assert.True(_record.HasEnded);
            Assert.True(_record.Envelope.Payload.IsEmpty);
            Assert.NotNull(_record.EndedAt);
        }

        private void TryReplay(int generation)
        {
            if (generation < 1 || MessageLifecycle.AnswerReplay(_record, generation) is not null) return;
            // Only a letter makes a replay, and there is one only for what was dead-lettered.
            if (!_record.MayHaveLetter && _record.Owed is null) return;
            Assert.True(generation > _record.Generation);
            _record = MessageLifecycle.Replay(_record, Replay(generation), _now);
            _sentInGeneration = 0;
        }

        private void Step(Event happening)
        {
            var need = MessageLifecycle.Next(_record, _now).Need;
            if (need == MessageNeed.TellPartition) _record = MessageLifecycle.Told(_record, _now);
            if (need != MessageNeed.Send) return;
            _sentInGeneration++;
            Assert.True(_sentInGeneration <= maxRetries + 1, "More attempts than the budget.");
            Assert.Empty(_deliveredIn);
            Assert.False(_record.Envelope.Payload.IsEmpty);
            if (happening == Event.Delivered) _deliveredIn.Add(_record.Generation);
            _record = After(_record, Result(happening), maxRetries, at: _now);
            if (_record.NextAttemptAt is { } at) Assert.InRange(at, _now, _now.AddSeconds(30));
        }

        private void Check(MessageRecord before)
        {
            Assert.True(_record.Revision >= before.Revision);
            Assert.True(ReferenceEquals(_record, before) || _record.Revision > before.Revision);
            Assert.Equal(_record.AttemptsMade, _sentInGeneration);
            Assert.Equal(_record.HasEnded, _record.EndedAt is not null);
            Assert.Contains(_record.State, new[] { MessageState.Pending, MessageState.Retrying }.Concat(Ends));
            // One end: what has ended changes only by being told, or by a replay of the next generation.
            if (before.HasEnded && _record.Generation == before.Generation) Assert.Equal(before.State, _record.State);
            if (before.State == MessageState.Delivered) Assert.Equal(MessageState.Delivered, _record.State);
        }

        private static AttemptResult Result(Event happening) => happening switch
        {
            Event.Delivered => AttemptResult.Delivered(200),
            Event.Permanent => AttemptResult.Failed(ErrorType.Validation, "no"),
            Event.SlowDown => AttemptResult.Failed(ErrorType.RateLimited, "later") with { RetryAfter = TimeSpan.FromHours(1) },
            _ => Transient,
        };
    }
}
