using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>What people may do with a letter in each status: DQ8.</summary>
[Trait("Spec", "DQ8")]
public sealed class LetterActTests
{
    private static readonly DateTimeOffset _now = Samples.At(1_000);

    [Theory]
    [InlineData(LetterStatus.Pending, LetterActOutcome.Done)]
    [InlineData(LetterStatus.Failed, LetterActOutcome.Done)]
    [InlineData(LetterStatus.Manual, LetterActOutcome.Done)]
    [InlineData(LetterStatus.Processing, LetterActOutcome.UnderReplay)]
    [InlineData(LetterStatus.Resolved, LetterActOutcome.AlreadyResolved)]
    public void Everything_but_what_is_under_replay_or_resolved_can_be_discarded(LetterStatus status, LetterActOutcome expected)
    {
        var (outcome, next) = Decide(Letters.With(status), LetterActKind.Discard, "obsolete");
        Assert.Equal(expected, outcome);
        if (expected != LetterActOutcome.Done)
        {
            Assert.Null(next);
            return;
        }

        Assert.Equal((LetterStatus.Resolved, LetterResolution.Discarded, null, _now), (next!.Status, next.Resolution, next.NextRetryAt, next.UpdatedAt));
        Assert.Equal(new LetterEvent(_now, LetterActKind.Discard, "ann", "obsolete"), Assert.Single(next.Events));
        Assert.Equal(_now, LetterActs.Settle(next).ClosedAt);
    }

    [Theory]
    [InlineData(LetterStatus.Pending)]
    [InlineData(LetterStatus.Processing)]
    [InlineData(LetterStatus.Failed)]
    [InlineData(LetterStatus.Manual)]
    [InlineData(LetterStatus.Resolved)]
    public void Only_what_was_discarded_can_be_restored_and_is_then_for_people(LetterStatus status)
    {
        var letter = LetterActs.Settle(Letters.With(status));
        Assert.Equal(LetterActOutcome.NotDiscarded, Decide(letter, LetterActKind.Restore).Outcome);
        if (Decide(letter, LetterActKind.Discard).Next is not { } discarded) return;
        var (outcome, restored) = Decide(LetterActs.Settle(discarded), LetterActKind.Restore, "too early");
        Assert.Equal(LetterActOutcome.Done, outcome);
        restored = LetterActs.Settle(restored!);
        Assert.Equal((LetterStatus.Manual, null, null), (restored.Status, restored.Resolution, restored.ClosedAt));
        Assert.Equal([LetterActKind.Discard, LetterActKind.Restore], restored.Events.Select(what => what.Kind));
    }

    [Theory]
    [InlineData(LetterStatus.Pending)]
    [InlineData(LetterStatus.Processing)]
    [InlineData(LetterStatus.Resolved)]
    public void A_note_changes_nothing_else(LetterStatus status)
    {
        var letter = Letters.With(status);
        var (outcome, next) = Decide(letter, LetterActKind.Note, "look");
        Assert.Equal(LetterActOutcome.Done, outcome);
        Assert.Equal(letter, next! with { Events = letter.Events, UpdatedAt = letter.UpdatedAt });
        Assert.Equal("look", next.Events[^1].Text);
    }

    [Fact]
    public void What_has_failed_since_the_decision_is_left_alone()
    {
        var letter = Letters.Pending();
        Assert.Equal(LetterActOutcome.Done, Decide(letter, LetterActKind.Discard, asOf: letter.CreatedAt).Outcome);
        Assert.Equal(LetterActOutcome.FailedSince, Decide(letter, LetterActKind.Discard, asOf: letter.CreatedAt.AddTicks(-1)).Outcome);
        var again = LetterLifecycle.Admit(Letters.Start(letter), Letters.News(1), Samples.At(500), Letters.Options())!;
        Assert.Equal(Samples.At(500), again.LastFailedAt);
        Assert.Equal(LetterActOutcome.FailedSince, Decide(again, LetterActKind.Discard, asOf: Samples.At(499)).Outcome);
        Assert.Equal(LetterActOutcome.NotFound, Decide(null, LetterActKind.Discard).Outcome);
    }

    [Fact]
    public void Of_very_many_events_the_newest_are_kept()
    {
        var options = Letters.Options();
        options.MaxEventsKept = 3;
        var letter = Letters.Pending();
        for (var i = 0; i < 5; i++) letter = Decide(letter, LetterActKind.Note, $"{i}", options: options).Next!;
        Assert.Equal(["2", "3", "4"], letter.Events.Select(what => what.Text));
    }

    [Fact]
    public void A_letter_is_closed_while_it_is_resolved_or_failed_and_no_longer()
    {
        var resolved = LetterActs.Settle(Letters.With(LetterStatus.Resolved));
        Assert.Equal((LetterResolution.Delivered, Samples.At(61)), (resolved.Resolution, resolved.ClosedAt));
        Assert.Equal(resolved.ClosedAt, LetterActs.Settle(resolved with { UpdatedAt = _now }).ClosedAt);
        var failed = LetterActs.Settle(Letters.With(LetterStatus.Failed));
        Assert.NotNull(failed.ClosedAt);
        var replayed = LetterActs.Settle(Letters.Start(failed));
        Assert.Equal((null, null), (replayed.Resolution, replayed.ClosedAt));
    }

    [Theory]
    [InlineData(LetterStatus.Pending, LetterStatus.Pending)]
    [InlineData(LetterStatus.Processing, LetterStatus.Manual)]
    [InlineData(LetterStatus.Resolved, LetterStatus.Resolved)]
    public void An_imported_letter_is_as_it_was_but_under_no_replay(LetterStatus exported, LetterStatus imported)
    {
        var letter = Letters.With(exported) with { Version = 17 };
        var taken = LetterActs.Import(letter, "ann", "moved", _now, Letters.Options());
        Assert.Equal((imported, 0, letter.Generation, letter.CreatedAt), (taken.Status, taken.Version, taken.Generation, taken.CreatedAt));
        Assert.Equal(new LetterEvent(_now, LetterActKind.Import, "ann", "moved"), taken.Events[^1]);
        Assert.Equal(exported == LetterStatus.Pending, taken.NextRetryAt is not null);
    }

    private static (LetterActOutcome Outcome, Letter? Next) Decide(
        Letter? letter, LetterActKind kind, string? text = null, DateTimeOffset? asOf = null, DlqCluster.Hosting.DlqOptions? options = null) =>
        LetterActs.Decide(letter, new LetterAct(kind, [new MessageId("x")], "ann", text, asOf), _now, options ?? Letters.Options());
}
