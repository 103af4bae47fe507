using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Recipients;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine.Recipients;

/// <summary>Notifications go when, and as, their recipients want them: CN3.</summary>
[Trait("Spec", "CN3")]
public sealed class NoticeGrainTests
{
    private const string Bob = "bob";

    [Fact]
    public void Whoever_said_nothing_is_notified_at_once()
    {
        using var world = new World();
        world.Run(async () => await world.UntilAsync(await NotifyAsync(world), MessageState.Delivered, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void A_notification_is_held_until_quiet_hours_end_and_says_so()
    {
        using var world = new World([.. World.Patient]);
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 2));
            var end = Minute(world.Now).AddHours(2);
            var id = await NotifyAsync(world);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            var view = await world.Message(id).Get();
            Assert.Equal(MessageState.Scheduled, view!.State);
            Assert.Equal(new Hold(end, HoldReason.QuietHours), view.Hold);
            Assert.Equal(end, view.NextAttemptAt);
            var why = await world.Message(id).Explain();
            Assert.Equal(WaitReason.QuietHours, Assert.Single(why!.Reasons).Code);
            Assert.Equal(end, why.ExpectedAt);

            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromHours(3));
            Assert.InRange(Assert.Single(world.Sender.Sent).At, end, end.AddSeconds(2));
        });
    }

    [Fact]
    public void Critical_passes_and_a_channel_that_is_off_suppresses()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 8) with { Channels = new Dictionary<string, bool> { ["sms"] = false } });
            await world.UntilAsync(await NotifyAsync(world, MessagePriority.Critical), MessageState.Delivered, TimeSpan.FromSeconds(2));
            var suppressed = await NotifyAsync(world, MessagePriority.Critical, "sms");
            await world.UntilAsync(suppressed, MessageState.Suppressed, TimeSpan.FromSeconds(2));
            Assert.Single(world.Sender.Sent);
            Assert.Equal(CancelOutcome.AlreadyEnded, (await world.Message(suppressed).Cancel()).Outcome);
        });
    }

    [Fact]
    public void Preferences_that_change_reach_what_waits_at_once()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 8));
            var ids = new List<MessageId>();
            for (var i = 0; i < 30; i++) ids.Add(await NotifyAsync(world));
            var other = await NotifyAsync(world, channel: "sms");
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.Empty(world.Sender.Sent);
            await SetAsync(world, new RecipientPreferences { Channels = new Dictionary<string, bool> { ["sms"] = false } });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(ids.ToHashSet(), world.Sender.Sent.Select(sent => sent.Id).ToHashSet());
            Assert.Equal(MessageState.Suppressed, await world.StateAsync(other));
        });
    }

    [Fact]
    public void Longer_quiet_hours_hold_longer_and_what_is_beyond_those_told_at_once_finds_out_for_itself()
    {
        using var world = new World(("Notifications:MaxHeldTracked", "2"), ("Notifications:RecheckInterval", "00:10:00"));
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 8));
            var ids = new List<MessageId>();
            for (var i = 0; i < 5; i++) ids.Add(await NotifyAsync(world));
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1));
            await SetAsync(world, new RecipientPreferences());
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(2, world.Sender.Sent.Count);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(10));
            Assert.Equal(ids.ToHashSet(), world.Sender.Sent.Select(sent => sent.Id).ToHashSet());
            Assert.Equal(5, world.Sender.Sent.Count);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_crash_loses_no_notification_that_is_held_back_nor_what_its_recipient_wants(bool changes)
    {
        using var world = new World([.. World.Patient]);
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            await SetAsync(world, Quiet(world, hours: 2));
            var id = await NotifyAsync(world);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            await world.CrashAndRestartAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(MessageState.Scheduled, await world.StateAsync(id));
            if (changes) await SetAsync(world, new RecipientPreferences());
            await world.UntilAsync(id, MessageState.Delivered, changes ? TimeSpan.FromSeconds(2) : TimeSpan.FromHours(3));
            Assert.Single(world.Sender.Sent);
        });
    }

    [Fact]
    public void Retries_and_replays_keep_quiet_too_and_burn_no_attempt()
    {
        using var world = new World([("Retry:BaseBackoffMs", "60000"), ("Retry:MaxBackoffMs", "60000"), .. World.Patient]);
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Validation, null);
        world.Run(async () =>
        {
            var id = await NotifyAsync(world);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            await SetAsync(world, Quiet(world, hours: 2));
            await world.UntilAsync(id, LetterStatus.Manual, TimeSpan.FromHours(3));
            Assert.True(world.Sender.Sent[1].At - world.Sender.Sent[0].At > TimeSpan.FromHours(1.9));
            Assert.Equal(2, world.Sender.Sent[1].Attempt);

            await SetAsync(world, Quiet(world, hours: 2));
            await world.Partition.Replay(new ReplayLetter(id, "ann", null, null));
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(2, world.Sender.Sent.Count);
            await world.UntilAsync(id, LetterStatus.Resolved, TimeSpan.FromHours(2));
        });
    }

    [Fact]
    public void A_replay_to_a_channel_that_is_off_leaves_the_letter_to_people()
    {
        using var world = new World();
        world.Sender.AnswerWith(ErrorType.Validation);
        world.Run(async () =>
        {
            var id = await NotifyAsync(world);
            await world.UntilAsync(id, LetterStatus.Manual);
            await SetAsync(world, new RecipientPreferences { Channels = new Dictionary<string, bool> { ["email"] = false } });
            await world.Partition.Replay(new ReplayLetter(id, "ann", null, null));
            await world.UntilAsync(id, MessageState.Suppressed, TimeSpan.FromSeconds(5));
            var letter = await world.UntilAsync(id, LetterStatus.Manual);
            Assert.Equal("Its recipient has switched its channel off.", letter.ReplayAttempts[^1].Error);
        });
    }

    [Fact]
    public void Quiet_hours_that_begin_while_it_waits_for_its_downstream_hold_it_back()
    {
        using var world = new World(("Downstreams:default:Kind", "simulated"), ("Downstreams:default:MaxConcurrency", "1"));
        var first = new TaskCompletionSource<AttemptResult>();
        world.Sender.Answer = (_, _) => first.Task;
        world.Run(async () =>
        {
            world.UseOneSilo();
            await world.SubmitAsync();
            var id = await NotifyAsync(world);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
            await SetAsync(world, Quiet(world, hours: 1));
            world.Sender.AnswerWith(null);
            first.SetResult(AttemptResult.Delivered());
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(MessageState.Scheduled, await world.StateAsync(id));
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromHours(2));
        });
    }

    [Fact]
    public void What_expires_while_it_is_held_back_is_never_sent()
    {
        using var world = new World([.. World.Patient]);
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 2));
            var id = await world.SubmitAsync(Envelope("email", default) with { ExpiresAt = world.Now.AddMinutes(90) });
            await world.UntilAsync(id, MessageState.Expired, TimeSpan.FromHours(2));
            await world.Time.AdvanceAsync(TimeSpan.FromHours(2));
            Assert.Empty(world.Sender.Sent);
        });
    }

    [Fact]
    public void Preferences_that_cannot_be_stored_are_refused_and_a_recipient_whose_store_is_away_only_delays()
    {
        using var world = new World(("Delivery:WatchdogMs", "2000"));
        world.Run(async () =>
        {
            await SetAsync(world, Quiet(world, hours: 1));
            world.States.After = operation => operation == "state.write" ? throw new StorageUnavailableException("late") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageUnavailableException>(() => SetAsync(world, new RecipientPreferences()));
            world.States.After = null;
            // It was stored all the same, and is what counts from now on.
            Assert.Empty((await world.Grains.GetGrain<IRecipientGrain>(Bob).Get()).QuietHours);
            await world.UntilAsync(await NotifyAsync(world), MessageState.Delivered, TimeSpan.FromSeconds(5));
        });
    }

    private static Task SetAsync(World world, RecipientPreferences preferences) => world.Grains.GetGrain<IRecipientGrain>(Bob).Set(preferences);

    private static Task<MessageId> NotifyAsync(World world, MessagePriority priority = default, string channel = "email") => world.SubmitAsync(Envelope(channel, priority));

    private static Envelope Envelope(string channel, MessagePriority priority) => World.Simple() with { Notice = new Notice(Bob, channel), Priority = priority };

    /// <summary>Quiet from this minute on.</summary>
    private static RecipientPreferences Quiet(World world, int hours) => new()
    {
        QuietHours = [new QuietWindow { From = $"{world.Now:HH:mm}", To = $"{world.Now.AddHours(hours):HH:mm}" }],
    };

    private static DateTimeOffset Minute(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMinute));
}
