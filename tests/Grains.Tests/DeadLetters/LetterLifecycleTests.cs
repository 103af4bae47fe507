using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using static DlqCluster.Grains.Tests.DeadLetters.Letters;

namespace DlqCluster.Grains.Tests.DeadLetters;

[Trait("Spec", "DQ7")]
public sealed class LetterLifecycleTests
{
    public static TheoryData<LetterStatus> Statuses => [.. Enum.GetValues<LetterStatus>()];

    [Fact]
    [Trait("Spec", "DQ1")]
    public void A_new_letter_has_all_that_it_is_found_by()
    {
        var news = News();
        var letter = LetterLifecycle.Admit(null, news, Samples.Start, Options())!;
        Assert.Equal(
            (news.MessageId, news.Envelope, "HTTP 503", "stack", ErrorType.Server, 4),
            (letter.MessageId, letter.OriginalMessage, letter.ErrorReason, letter.ErrorStack!, letter.ErrorType, letter.RetryCount));
        Assert.Equal(
            new LetterMetadata
            {
                Source = "shop",
                Priority = MessagePriority.High,
                Tags = letter.Metadata.Tags,
                Target = "billing",
                CorrelationId = "c",
                SystemState = news.SystemState,
            },
            letter.Metadata);
        Assert.Equal(["x"], letter.Metadata.Tags);
        Assert.Equal(
            (LetterStatus.Pending, ReplayStrategy.Immediate, 0, 0),
            (letter.Status, letter.Strategy, letter.DlqRetryCount, letter.Generation));
        Assert.Equal(
            (Samples.Start, Samples.Start, (DateTimeOffset?)Samples.At(60)),
            (letter.CreatedAt, letter.UpdatedAt, letter.NextRetryAt));
        Assert.Equal(Fingerprint.Of(ErrorType.Server, "billing", "HTTP 503"), letter.Fingerprint);
    }

    [Theory]
    [InlineData(ErrorType.Timeout, ReplayStrategy.Conditional, LetterStatus.Pending)]
    [InlineData(ErrorType.Network, ReplayStrategy.Conditional, LetterStatus.Pending)]
    [InlineData(ErrorType.Server, ReplayStrategy.Immediate, LetterStatus.Pending)]
    [InlineData(ErrorType.RateLimited, ReplayStrategy.OffPeak, LetterStatus.Pending)]
    [InlineData(ErrorType.Unknown, ReplayStrategy.Immediate, LetterStatus.Pending)]
    [InlineData(ErrorType.Client, ReplayStrategy.Manual, LetterStatus.Manual)]
    [InlineData(ErrorType.Validation, ReplayStrategy.Manual, LetterStatus.Manual)]
    public void The_error_type_chooses_the_strategy(ErrorType type, ReplayStrategy strategy, LetterStatus status)
    {
        var letter = Pending(type);
        Assert.Equal((strategy, status), (letter.Strategy, letter.Status));
        Assert.Equal(status == LetterStatus.Pending, letter.NextRetryAt is not null);
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Only_the_failure_of_the_replay_that_is_under_way_is_news(LetterStatus status)
    {
        var known = With(status);
        foreach (var generation in new[] { 0, known.Generation - 1, known.Generation, known.Generation + 1 })
        {
            var next = LetterLifecycle.Admit(known, News(generation), Samples.At(70), Options());
            Assert.Equal(status == LetterStatus.Processing && generation == known.Generation, next is not null);
        }
    }

    [Fact]
    public void A_failed_replay_is_planned_anew_with_what_it_failed_with()
    {
        var letter = LetterLifecycle.Admit(Start(Pending()), News(1, ErrorType.Network, "refused"), Samples.At(70), Options())!;
        Assert.Equal(
            (LetterStatus.Pending, ReplayStrategy.Conditional, 1, 1),
            (letter.Status, letter.Strategy, letter.DlqRetryCount, letter.Generation));
        Assert.Equal(("refused", Samples.Start, Samples.At(70)), (letter.ErrorReason, letter.CreatedAt, letter.UpdatedAt));
        var replay = Assert.Single(letter.ReplayAttempts);
        Assert.Equal(
            (1, Samples.At(60), (DateTimeOffset?)Samples.At(70), (bool?)false, "refused"),
            (replay.Generation, replay.StartedAt, replay.EndedAt, replay.Delivered, replay.Error!));
        Assert.Null(LetterLifecycle.Admit(letter, News(1), Samples.At(71), Options()));
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void After_the_last_allowed_failure_it_is_given_up_and_nothing_is_planned()
    {
        var letter = Pending();
        for (var replay = 1; replay <= 5; replay++)
        {
            Assert.Equal(LetterStatus.Pending, letter.Status);
            letter = LetterLifecycle.Admit(Start(letter), News(replay), Samples.At(70), Options())!;
        }

        Assert.Equal((LetterStatus.Failed, 5, null), (letter.Status, letter.DlqRetryCount, letter.NextRetryAt));
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_person_may_replay_what_was_given_up_and_if_that_fails_it_stays_given_up()
    {
        var letter = With(LetterStatus.Failed) with { DlqRetryCount = 5 };
        var failed = LetterLifecycle.Admit(Start(letter, ReplayTrigger.Operator), News(2), Samples.At(70), Options())!;
        Assert.Equal((LetterStatus.Failed, 6), (failed.Status, failed.DlqRetryCount));
    }

    [Theory]
    [InlineData(LetterStatus.Pending)]
    [InlineData(LetterStatus.Failed)]
    [InlineData(LetterStatus.Manual)]
    [Trait("Spec", "DQ5")]
    public void A_replay_that_starts_replaces_the_one_that_was_planned(LetterStatus status)
    {
        var before = With(status);
        var letter = Start(before, ReplayTrigger.Operator, Payload.Parse("1"), "b");
        Assert.Equal(
            (LetterStatus.Processing, null, before.Generation + 1, Samples.At(60)),
            (letter.Status, letter.NextRetryAt, letter.Generation, letter.UpdatedAt));
        Assert.Equal(
            new ReplayAttempt
            {
                Generation = letter.Generation,
                StartedAt = Samples.At(60),
                Trigger = ReplayTrigger.Operator,
                By = "ann",
                Reason = "because",
                Payload = Payload.Parse("1"),
                Target = "b",
            },
            letter.ReplayAttempts[^1] with { Changes = new ReplayAttempt().Changes });
        Assert.Equal([new PayloadChange("", before.OriginalMessage.Payload.ToString(), "1")], letter.ReplayAttempts[^1].Changes);
        Assert.Equal(before.OriginalMessage, letter.OriginalMessage);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Replays_are_kept_up_to_the_limit_the_newest_last(int kept)
    {
        var letter = Pending();
        for (var replay = 1; replay <= 20; replay++) letter = LetterLifecycle.Admit(Start(letter, kept: kept), News(replay), Samples.At(70), Options())!;
        Assert.Equal(Enumerable.Range(21 - kept, kept), letter.ReplayAttempts.Select(attempt => attempt.Generation));
        Assert.Equal(20, letter.Generation);
    }

    [Theory]
    [InlineData(MessageState.Delivered, LetterStatus.Resolved, true, null)]
    [InlineData(MessageState.Cancelled, LetterStatus.Manual, false, "The replay was cancelled.")]
    [InlineData(MessageState.Expired, LetterStatus.Manual, false, "The message expired.")]
    public void A_replay_that_ended_otherwise_resolves_the_letter_or_leaves_it_to_people(MessageState end, LetterStatus status, bool delivered, string? error)
    {
        var letter = LetterLifecycle.ReplayEnded(Start(Pending()), 1, end, Samples.At(70))!;
        Assert.Equal((status, null, Samples.At(70), 0), (letter.Status, letter.NextRetryAt, letter.UpdatedAt, letter.DlqRetryCount));
        var replay = letter.ReplayAttempts[^1];
        Assert.Equal(((bool?)delivered, error, (DateTimeOffset?)Samples.At(70)), (replay.Delivered, replay.Error, replay.EndedAt));
        Assert.Null(LetterLifecycle.ReplayEnded(letter, 1, end, Samples.At(71)));
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void News_of_another_replay_or_of_none_that_is_under_way_changes_nothing_but_for_a_delivery(LetterStatus status)
    {
        var known = With(status);
        foreach (var generation in new[] { known.Generation - 1, known.Generation, known.Generation + 1 })
        {
            if (status == LetterStatus.Processing && generation == known.Generation) continue;
            Assert.Null(LetterLifecycle.ReplayEnded(known, generation, MessageState.Expired, Samples.At(70)));
            Assert.Null(LetterLifecycle.ReplayEnded(known, generation, MessageState.Cancelled, Samples.At(70)));
        }
    }

    [Fact]
    public void A_delivery_is_final_also_when_the_replay_had_been_given_up_as_lost_or_refused()
    {
        var options = Options();
        Letter[] mistaken =
        [
            LetterLifecycle.Reclaim(Start(Pending()), Samples.At(70), options),
            LetterLifecycle.Refused(Start(Pending()), Samples.At(70), options),
            LetterLifecycle.Reclaim(Start(Pending() with { DlqRetryCount = options.MaxReplays }), Samples.At(70), options),
            LetterLifecycle.Refused(Start(Pending() with { DlqRetryCount = options.MaxReplays }), Samples.At(70), options),
            LetterLifecycle.Refused(Start(Pending() with { Strategy = ReplayStrategy.Manual }), Samples.At(70), options),
        ];
        Assert.Equal(
            [LetterStatus.Pending, LetterStatus.Pending, LetterStatus.Failed, LetterStatus.Failed, LetterStatus.Manual],
            mistaken.Select(letter => letter.Status));
        foreach (var letter in mistaken)
        {
            var resolved = LetterLifecycle.ReplayEnded(letter, 1, MessageState.Delivered, Samples.At(80))!;
            Assert.Equal((LetterStatus.Resolved, null, Samples.At(80)), (resolved.Status, resolved.NextRetryAt, resolved.UpdatedAt));
            var replay = Assert.Single(resolved.ReplayAttempts);
            Assert.Equal((true, null, (DateTimeOffset?)Samples.At(80)), (replay.Delivered!.Value, replay.Error, replay.EndedAt));
        }
    }

    [Fact]
    public void A_delivery_is_final_also_when_another_replay_was_begun_or_has_failed_meanwhile()
    {
        var lost = LetterLifecycle.Reclaim(Start(Pending()), Samples.At(70), Options());
        var begun = LetterLifecycle.ReplayEnded(Start(lost, ReplayTrigger.Operator, at: 75), 1, MessageState.Delivered, Samples.At(80))!;
        Assert.Equal((LetterStatus.Resolved, 2), (begun.Status, begun.Generation));
        Assert.All(begun.ReplayAttempts, replay => Assert.Equal((true, null), (replay.Delivered!.Value, replay.Error)));

        var refused = LetterLifecycle.Refused(Start(lost, at: 75), Samples.At(76), Options());
        var afterwards = LetterLifecycle.ReplayEnded(refused, 1, MessageState.Delivered, Samples.At(80))!;
        Assert.Equal(LetterStatus.Resolved, afterwards.Status);
        Assert.Equal([true, false], afterwards.ReplayAttempts.Select(replay => replay.Delivered!.Value));
    }

    [Fact]
    public void A_delivery_that_cannot_be_of_the_letter_or_comes_when_it_is_closed_changes_nothing()
    {
        Assert.Null(LetterLifecycle.ReplayEnded(Pending(), 0, MessageState.Delivered, Samples.At(70)));
        Assert.Null(LetterLifecycle.ReplayEnded(Start(Pending()), 2, MessageState.Delivered, Samples.At(70)));
        Assert.Null(LetterLifecycle.ReplayEnded(With(LetterStatus.Resolved), 1, MessageState.Delivered, Samples.At(70)));
        var discard = new LetterAct(LetterActKind.Discard, [Samples.Id(1)], "ann", "no need", null);
        var discarded = LetterActs.Decide(LetterLifecycle.Reclaim(Start(Pending()), Samples.At(70), Options()), discard, Samples.At(71), Options()).Next!;
        Assert.Null(LetterLifecycle.ReplayEnded(discarded, 1, MessageState.Delivered, Samples.At(80)));
    }

    [Fact]
    [Trait("Spec", "DQ9")]
    public void A_replay_that_was_lost_is_due_again_at_once()
    {
        var letter = LetterLifecycle.Reclaim(Start(Pending()), Samples.At(400), Options());
        Assert.Equal(
            (LetterStatus.Pending, (DateTimeOffset?)Samples.At(400), 1, 1),
            (letter.Status, letter.NextRetryAt, letter.Generation, letter.DlqRetryCount));
        Assert.Equal((false, "The replay was lost."), (letter.ReplayAttempts[^1].Delivered!.Value, letter.ReplayAttempts[^1].Error));
        Assert.Equal(2, Start(letter).Generation);
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_replay_that_its_message_refuses_counts_as_failed_so_that_it_ends_some_day()
    {
        var letter = Pending();
        for (var replay = 0; replay < 5; replay++) letter = LetterLifecycle.Refused(Start(letter), Samples.At(70), Options());
        Assert.Equal((LetterStatus.Failed, 5, null), (letter.Status, letter.DlqRetryCount, letter.NextRetryAt));
        Assert.All(letter.ReplayAttempts, replay => Assert.False(replay.Delivered));
    }

    [Fact]
    [Trait("Spec", "DQ7b")]
    public void A_letter_whose_replays_get_lost_every_time_is_given_up_some_day()
    {
        var letter = Pending();
        for (var replay = 0; replay < 1_000 && letter.Status == LetterStatus.Pending; replay++)
            letter = LetterLifecycle.Reclaim(Start(letter), Samples.At(400), Options());
        Assert.Equal(LetterStatus.Failed, letter.Status);
    }
}
