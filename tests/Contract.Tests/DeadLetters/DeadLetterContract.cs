using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.DeadLetters;

/// <summary>What the dead-letter partition grain expects of its store: writing, and finding what there is to do.</summary>
public abstract class DeadLetterContract
{
    protected abstract IDeadLetterStore Store { get; }

    [Fact]
    public async Task A_letter_that_was_never_stored_is_null() => Assert.Null(await Store.GetAsync(Id(1)));

    [Fact]
    public async Task Everything_in_a_letter_is_kept()
    {
        var letter = Full();
        Assert.Equal(1, await Store.PutAsync(3, letter, 0));
        Assert.Equal(Text(letter with { Version = 1 }), Text(await Store.GetAsync(Id(1))));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{ "spaced" : [ 1.50, 1E3, "caf\u00e9 \"quoted\"" ] }""")]
    [InlineData("\"💳\"")]
    [InlineData("-0")]
    public async Task Payloads_are_kept_byte_for_byte(string json)
    {
        var payload = Payload.Parse(json);
        var letter = Letter(1, json) with { ReplayAttempts = [new ReplayAttempt { Generation = 1, StartedAt = Start, Payload = payload }] };
        await Store.PutAsync(0, letter, 0);
        var read = await Store.GetAsync(Id(1));
        Assert.Equal(payload, read!.OriginalMessage.Payload);
        Assert.Equal(payload, Assert.Single(read.ReplayAttempts).Payload);
    }

    [Fact]
    public async Task A_replay_without_its_own_payload_has_none()
    {
        var letter = Letter(1) with { ReplayAttempts = [new ReplayAttempt { Generation = 1, StartedAt = Start }] };
        await Store.PutAsync(0, letter, 0);
        Assert.Null(Assert.Single((await Store.GetAsync(Id(1)))!.ReplayAttempts).Payload);
    }

    [Fact]
    public async Task Each_write_grows_the_version()
    {
        Assert.Equal(1, await Store.PutAsync(0, Letter(1), 0));
        Assert.Equal(2, await Store.PutAsync(0, Letter(1) with { Status = LetterStatus.Processing }, 1));
        Assert.Equal(3, await Store.PutAsync(0, Letter(1) with { Status = LetterStatus.Resolved }, 2));
        var letter = await Store.GetAsync(Id(1));
        Assert.Equal((LetterStatus.Resolved, 3), (letter!.Status, letter.Version));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Another_version_than_expected_changes_nothing(long expected)
    {
        await Store.PutAsync(0, Letter(1), 0);
        await Store.PutAsync(0, Letter(1), 1);
        Assert.Null(await Store.PutAsync(0, Letter(1, "\"late\"") with { Status = LetterStatus.Failed }, expected));
        var letter = await Store.GetAsync(Id(1));
        Assert.Equal((LetterStatus.Pending, 2), (letter!.Status, letter.Version));
        Assert.Empty((await Store.QueryAsync(new LetterQuery { Filter = new LetterFilter { Text = "late" } })).Letters);
    }

    [Fact]
    public async Task A_letter_that_must_exist_is_not_made()
    {
        Assert.Null(await Store.PutAsync(0, Letter(1), 1));
        Assert.Null(await Store.GetAsync(Id(1)));
    }

    [Fact]
    public async Task Of_many_writers_from_one_version_one_wins()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Store.PutAsync(0, Letter(1), 0))));
        Assert.Single(outcomes, version => version is 1);
        Assert.Equal(19, outcomes.Count(version => version is null));
    }

    [Fact]
    public async Task Due_letters_are_pending_of_the_partition_and_earliest_first()
    {
        await PutAsync(Letter(1) with { NextRetryAt = At(30) });
        await PutAsync(Letter(2) with { NextRetryAt = At(10) });
        await PutAsync(Letter(3) with { NextRetryAt = At(20) });
        await PutAsync(Letter(4) with { NextRetryAt = At(31) });
        await PutAsync(Letter(5) with { NextRetryAt = null });
        await PutAsync(Letter(6) with { NextRetryAt = At(5), Status = LetterStatus.Processing });
        await PutAsync(Letter(7) with { NextRetryAt = At(5) }, partition: 1);
        Assert.Equal([Id(2), Id(3), Id(1)], Ids(await Store.DueAsync(0, At(30), 10)));
        Assert.Equal([Id(2)], Ids(await Store.DueAsync(0, At(30), 1)));
        Assert.Empty(await Store.DueAsync(0, At(9), 10));
    }

    [Fact]
    public async Task Stuck_letters_are_processing_and_have_not_changed_for_long()
    {
        await PutAsync(Letter(1) with { UpdatedAt = At(30), Status = LetterStatus.Processing });
        await PutAsync(Letter(2) with { UpdatedAt = At(10), Status = LetterStatus.Processing });
        await PutAsync(Letter(3) with { UpdatedAt = At(31), Status = LetterStatus.Processing });
        await PutAsync(Letter(4) with { UpdatedAt = At(10) });
        await PutAsync(Letter(5) with { UpdatedAt = At(10), Status = LetterStatus.Processing }, partition: 1);
        Assert.Equal([Id(2), Id(1)], Ids(await Store.StuckAsync(0, At(30), 10)));
        Assert.Equal([Id(2)], Ids(await Store.StuckAsync(0, At(30), 1)));
    }

    [Fact]
    public async Task A_letter_moves_out_of_what_is_due_when_it_changes()
    {
        await PutAsync(Letter(1) with { NextRetryAt = At(10) });
        Assert.Single(await Store.DueAsync(0, At(10), 10));
        await Store.PutAsync(0, Letter(1) with { Status = LetterStatus.Processing, NextRetryAt = null, UpdatedAt = At(11) }, 1);
        Assert.Empty(await Store.DueAsync(0, At(10), 10));
        Assert.Single(await Store.StuckAsync(0, At(11), 10));
    }

    [Fact]
    public async Task Nothing_gives_empty_numbers()
    {
        var stats = await Store.StatsAsync();
        Assert.Equal(0, stats.Total);
        Assert.Equal(Enum.GetValues<LetterStatus>().Length, stats.ByStatus.Count);
        Assert.All(stats.ByStatus.Values, count => Assert.Equal(0, count));
        Assert.Empty(stats.TopErrorTypes);
        Assert.Empty(stats.BySource);
        Assert.Null(stats.ReplaySuccessRate);
        Assert.Null(stats.OldestPending);
    }

    [Fact]
    public async Task Numbers_follow_the_letters()
    {
        await PutAsync(Letter(3));
        await PutAsync(Letter(2) with { ErrorType = ErrorType.Timeout, Metadata = new LetterMetadata { Target = "billing" } });
        await PutAsync(Letter(1) with { Status = LetterStatus.Resolved, ReplayAttempts = [Ended(false), Ended(true)] });
        var underWay = new ReplayAttempt { StartedAt = Start };
        await PutAsync(Letter(4) with { Status = LetterStatus.Processing, ReplayAttempts = [Ended(false), underWay] });
        var stats = await Store.StatsAsync();
        Assert.Equal(4, stats.Total);
        Assert.Equal(2, stats.ByStatus[LetterStatus.Pending]);
        Assert.Equal(1, stats.ByStatus[LetterStatus.Resolved]);
        Assert.Equal([new NamedCount("NETWORK_ERROR", 3), new NamedCount("TIMEOUT_ERROR", 1)], stats.TopErrorTypes);
        Assert.Equal([new NamedCount("shop", 3), new NamedCount("", 1)], stats.BySource);
        Assert.Equal(1.0 / 3, stats.ReplaySuccessRate);
        Assert.Equal(At(2), stats.OldestPending);
    }

    protected static IEnumerable<MessageId> Ids(IEnumerable<Letter> letters) => letters.Select(letter => letter.MessageId);

    private static ReplayAttempt Ended(bool delivered) =>
        new() { Generation = 1, StartedAt = Start, EndedAt = At(1), Delivered = delivered };

    private static Letter Full() => Letter(1) with
    {
        OriginalMessage = new Envelope
        {
            Payload = Payload.Parse("""{"a":[1,2]}"""),
            Target = "",
            ClientMessageId = "c",
            CorrelationId = "k",
            Source = "shop",
            Priority = MessagePriority.Critical,
            Tags = ["x", "y"],
            OrderingKey = "o",
            DeliverAt = At(1.0000001),
            ExpiresAt = At(2),
            Retry = new() { MaxRetries = 0 },
            TraceParent = "00-0",
            TraceState = "vendor=1",
            AcceptedAt = At(0.1234567),
        },
        ErrorStack = "at A\n  at B",
        ErrorType = ErrorType.Validation,
        DlqRetryCount = 2,
        Status = LetterStatus.Manual,
        Strategy = ReplayStrategy.OffPeak,
        NextRetryAt = null,
        Generation = 3,
        Metadata = new LetterMetadata
        {
            Source = "shop",
            Priority = MessagePriority.Low,
            Tags = ["x"],
            Target = "billing",
            CorrelationId = "k",
            SystemState = new SystemState(12.5, 1L << 40, 0.25, "silo-1"),
        },
        ReplayAttempts =
        [
            new ReplayAttempt
            {
                Generation = 1, StartedAt = At(5), EndedAt = At(6), Delivered = false, Trigger = ReplayTrigger.Operator, By = "ann",
                Target = "other", Payload = Payload.Parse("[]"), Error = "no",
                Reason = "why", JobId = "job", Changes = [new PayloadChange("/a", null, "1"), new PayloadChange("", "2", null)],
            },
            new ReplayAttempt { Generation = 2, StartedAt = At(7) },
        ],
        Resolution = LetterResolution.Discarded,
        ClosedAt = At(8.0000001),
        FailedAgainAt = At(9),
        Attempts =
        [
            new Attempt { Number = 1, StartedAt = At(1), DurationMs = 1.5, Outcome = AttemptOutcome.PermanentFailure, StatusCode = 404, ErrorType = ErrorType.Client, Error = "404", TraceParent = "00-1" },
            new Attempt { Number = 2, Generation = 1, StartedAt = At(2), Outcome = AttemptOutcome.Delivered },
        ],
        Events = [new LetterEvent(At(3), LetterActKind.Note, "ann", "look here"), new LetterEvent(At(4), LetterActKind.Import, "bob", null)],
    };

    private async Task PutAsync(Letter letter, int partition = 0) => Assert.Equal(1, await Store.PutAsync(partition, letter, 0));
}
