using DlqCluster.Breakers;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>What was due while nobody looked, and clocks that are set.</summary>
[Trait("Spec", "DE11")]
public sealed class ClockTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly (string, string) _backoff = ("Retry:BaseBackoffMs", "5000");

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(-24)]
    public void A_backoff_lasts_no_longer_when_the_clock_is_set(int hours)
    {
        using var world = new World(_backoff);
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Server, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Retrying);
            var since = world.Time.GetTimestamp();
            world.Time.SetWallClock(hours * _hour);

            await UntilAsync(world, () => world.Sender.Sent.Count == 2, 6);
            await UntilAsync(world, () => world.Sender.Sent.Count == 3, 17);
            // Neither shorter: the second backoff of ten seconds began after the clock was set.
            Assert.InRange(world.Time.GetElapsedTime(since), 14.9 * _second, 17 * _second);
        });
    }

    [Fact]
    public void A_clock_that_is_set_back_by_less_than_the_backoff_does_not_lengthen_it()
    {
        using var world = new World(_backoff);
        world.Sender.AnswerInTurn(ErrorType.Server, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Retrying);
            world.Time.SetWallClock(TimeSpan.FromSeconds(-4));

            await UntilAsync(world, () => world.Sender.Sent.Count == 2, 6);
        });
    }

    [Fact]
    public void A_replay_does_not_wait_until_a_clock_that_was_set_back_has_caught_up()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "1"));
        world.Sender.AnswerWith(ErrorType.Client);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.DeadLettered);
            var first = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => first.Task;
            await world.SubmitAsync();
            await world.Partition.Replay(new(id, "ann", null, null));
            world.Time.SetWallClock(-_hour);
            world.Sender.AnswerWith(null);
            first.SetResult(AttemptResult.Delivered());

            await UntilAsync(world, () => world.Sender.Sent.Count == 3, 1);
        });
    }

    [Fact]
    public void What_a_silo_lost_is_looked_after_when_the_clock_was_set_back_and_not_an_hour_later()
    {
        using var world = new World(("Ledger:RecoverAtStart", "false"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Processing);
            // As in a cluster: nobody says that what was in hand is lost, and only the watchdog finds it.
            await world.CrashAndRestartAsync();
            world.Sender.AnswerWith(null);
            await world.Time.AdvanceAsync(_second);
            world.Time.SetWallClock(-_hour);

            await UntilAsync(world, () => world.Sender.Sent.Count == 2, 2);
        });
    }

    [Theory]
    [InlineData(ErrorType.Server)]
    [InlineData(null)]
    public void What_a_whole_cluster_had_in_hand_is_looked_after_when_the_clock_was_set_back_while_it_was_down(ErrorType? answer)
    {
        using var world = new World(("Ledger:RecoverAtStart", "false"), _backoff);
        world.Sender.Answer = async (_, token) =>
        {
            if (answer is { } error) return AttemptResult.Failed(error, "no");
            await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, answer is null ? MessageState.Processing : MessageState.Retrying);
            world.Kill();
            world.Time.SetWallClock(-_hour);
            world.Sender.AnswerWith(null);
            await world.StartAsync();
            // What is accepted since must not hide what was before.
            await world.SubmitAsync();

            await UntilAsync(world, () => world.Sender.Sent.Count(sent => sent.Id == id) == 2, 31);
            await world.UntilAsync(id, MessageState.Delivered);
        });
    }

    [Fact]
    public void A_breaker_that_is_open_probes_in_time_although_the_clock_was_set_back()
    {
        using var world = new World(("Retry:MaxRetries", "0"), ("Downstreams:default:Breaker:OpenMs", "30000"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            await OpenBreakerAsync(world);
            world.Time.SetWallClock(-_hour);
            world.Sender.AnswerWith(null);
            var id = await world.SubmitAsync();
            await UntilAsync(world, () => world.Sender.Sent.Any(sent => sent.Id == id), 32);
        });
    }

    [Fact]
    public void A_breaker_that_finds_itself_opened_in_the_future_begins_to_wait_now()
    {
        using var world = new World(("Retry:MaxRetries", "0"), ("Downstreams:default:Breaker:OpenMs", "30000"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            await OpenBreakerAsync(world);
            world.Time.SetWallClock(-_hour);
            await world.CrashAndRestartAsync();
            world.Sender.AnswerWith(null);
            var id = await world.SubmitAsync();
            await UntilAsync(world, () => world.Sender.Sent.Any(sent => sent.Id == id), 32);
        });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [Trait("Passes", "hours")]
    public void What_is_scheduled_goes_by_the_clock_on_the_wall(int hours)
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now + (2 * _hour) });
            await world.Time.AdvanceAsync(_second);
            world.Time.SetWallClock(hours * _hour);

            await world.Time.AdvanceAsync(((2 - hours) * _hour) - (2 * _second));
            Assert.Empty(world.Sender.Sent);
            await UntilAsync(world, () => world.Sender.Sent.Count == 1, 3);
            Assert.Equal(id, world.Sender.Sent[0].Id);
        });
    }

    /// <summary>Submits what fails until the breaker is open.</summary>
    private static async Task OpenBreakerAsync(World world)
    {
        while ((await world.Breaker().Get()).State != BreakerState.Open)
        {
            await world.SubmitAsync();
            await world.Time.AdvanceAsync(_second);
        }
    }

    /// <summary>Lets time pass until something is so, for at most so many seconds of the time that passes, whatever the clock shows.</summary>
    internal static async Task UntilAsync(World world, Func<bool> isSo, double seconds)
    {
        var since = world.Time.GetTimestamp();
        while (!isSo())
        {
            Assert.True(world.Time.GetElapsedTime(since).TotalSeconds < seconds, $"It is not so within {seconds} s.");
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(50));
        }
    }
}
