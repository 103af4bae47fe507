using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Replay jobs on the engine: DQ6.</summary>
[Trait("Spec", "DQ6")]
public sealed class ReplayJobTests
{
    [Fact]
    public void A_job_replays_each_letter_once_keeps_its_rate_and_tells_how_each_ended()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var ids = await world.DeadLetterAsync(300);
            var failing = ids.Take(40).ToHashSet();
            world.Sender.Answer = (message, _) => Task.FromResult(ScriptedSender.Result(failing.Contains(message.MessageId) ? ErrorType.Client : null));
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20 });
            Assert.Equal(300, job.Matched);

            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(8));
            var sent = world.Replays(since);
            // The first tick only starts the clock.
            Assert.InRange(sent.Count, 8 * 20 * 0.95, 8 * 20 * 1.05);
            Assert.All(Enumerable.Range(0, 7), second => Assert.InRange(
                sent.Count(at => at >= since.AddSeconds(second + 0.5) && at < since.AddSeconds(second + 1.5)), 19, 21));
            var halfway = await world.JobAsync(job);
            Assert.Equal(sent.Count, halfway.Delivered + halfway.Failed + halfway.UnderWay);

            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal((260, 40, 0, 0, 0), (done.Delivered, done.Failed, done.Skipped, done.UnderWay, done.Remaining));
            Assert.NotNull(done.EndedAt);
            Assert.Equal(300, world.Sender.Sent.Count(sent => sent.At >= since));
            Assert.Equal(ids.Select(id => id.Value).Order(), world.Sender.Sent.Where(sent => sent.At >= since).Select(sent => sent.Id.Value).Order());
            var letter = (await world.Letters.GetAsync(ids[0]))!;
            Assert.Equal((job.JobId, "ann", "fixed", ReplayTrigger.Job), (letter.ReplayAttempts[0].JobId, letter.ReplayAttempts[0].By, letter.ReplayAttempts[0].Reason, letter.ReplayAttempts[0].Trigger));
        });
    }

    [Fact]
    public void What_comes_in_or_comes_back_after_the_click_is_not_swept_in()
    {
        using var world = new World(("Dlq:PollIntervalMs", "3600000"));
        world.Run(async () =>
        {
            var ids = await world.DeadLetterAsync(20);
            // One is being replayed at the moment of the click, and fails again.
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            await world.Partition.Replay(new ReplayLetter(ids[19], "bob", null, null));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 1, BatchSize = 1 });
            Assert.Equal(19, job.Matched);
            world.Sender.AnswerWith(ErrorType.Client);
            answer.SetResult(ScriptedSender.Result(ErrorType.Client));
            await world.UntilAsync(ids[19], LetterStatus.Manual);
            // Later ones come in, and a person replays one that the job has not reached.
            await world.DeadLetterAsync(5);
            await world.Partition.Replay(new ReplayLetter(ids[18], "bob", null, null));
            await world.UntilAsync(ids[18], LetterStatus.Manual);

            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal((0, 18, 1), (done.Delivered, done.Failed, done.Skipped));
            foreach (var id in ids.Take(18)) Assert.Single((await world.Letters.GetAsync(id))!.ReplayAttempts);
            Assert.Equal("bob", Assert.Single((await world.Letters.GetAsync(ids[18]))!.ReplayAttempts).By);
            Assert.Equal("bob", Assert.Single((await world.Letters.GetAsync(ids[19]))!.ReplayAttempts).By);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_crashes_and_whenever_each_letter_is_replayed_once_and_counted_once(int seed)
    {
        using var world = new World();
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var ids = await world.DeadLetterAsync(200);
            world.Sender.Answer = (message, _) => Task.FromResult(ScriptedSender.Result(message.MessageId.Value[^1] == '0' ? ErrorType.Client : null));
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 50, BatchSize = 16 });
            var random = new Random(seed);
            for (var crash = 0; crash < 6; crash += world.Silos.Count)
            {
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1, 900)));
                await world.CrashAndRestartAsync();
            }

            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal((200, 0), (done.Delivered + done.Failed, done.Skipped));
            foreach (var id in ids)
            {
                var letter = (await world.Letters.GetAsync(id))!;
                Assert.Equal(id.Value[^1] != '0', Assert.Single(letter.ReplayAttempts).Delivered);
            }

            Assert.Equal(ids.Count(id => id.Value[^1] == '0'), done.Failed);
            // An attempt that a crash cut off is made again; the replay is the same.
            Assert.InRange(world.Replays(since).Count, 200, 220);
        });
    }

    [Theory]
    [InlineData("state.write", true)]
    [InlineData("state.write", false)]
    [InlineData("letter.put", true)]
    [InlineData("letter.put", false)]
    [InlineData("letter.get", true)]
    [InlineData("letter.select", true)]
    public void Storage_that_fails_now_and_then_loses_and_doubles_nothing(string operation, bool before)
    {
        using var world = new World(("Dlq:StuckAfter", "00:00:05"), ("Dlq:PollIntervalMs", "1000"), ("Replays:AskAfterMs", "2000"));
        world.Run(async () =>
        {
            var ids = await world.DeadLetterAsync(60);
            world.Sender.AnswerWith(null);
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20, BatchSize = 7 });
            var calls = 0;
            Task Fail(string now) => now == operation && ++calls % 9 == 4 ? throw new StorageUnavailableException("away") : Task.CompletedTask;
            if (before) world.Letters.Before = world.States.Before = Fail;
            else world.Letters.After = world.States.After = Fail;

            var done = await world.UntilAsync(job, ReplayJobState.Completed, TimeSpan.FromMinutes(30));
            Assert.True(calls > 9);
            world.Letters.Before = world.States.Before = world.Letters.After = world.States.After = null;
            Assert.Equal((60, 0), (done.Delivered + done.Failed, done.Skipped));
            foreach (var id in ids) Assert.Single((await world.Letters.GetAsync(id))!.ReplayAttempts, attempt => attempt.JobId == job.JobId);
            Assert.All(world.Sender.Sent.Skip(60).GroupBy(sent => sent.Id), sends => Assert.Single(sends));
        });
    }

    [Fact]
    public void A_pause_holds_within_a_second_lasts_over_a_crash_and_a_resume_goes_on_without_a_burst()
    {
        using var world = new World();
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            await world.DeadLetterAsync(200);
            world.Sender.AnswerWith(null);
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20 });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(3));
            var paused = await world.Job(job).Obey(ReplayJobOrder.Pause, "bob", "lunch");
            Assert.Equal((true, ReplayJobState.Paused, "bob", "lunch"), (paused.Obeyed, paused.Job!.State, paused.Job.StateBy, paused.Job.StateReason));
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            var sent = world.Sender.Sent.Count;
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(10));
            await world.CrashAndRestartAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(10));
            Assert.Equal(sent, world.Sender.Sent.Count);
            Assert.Equal(ReplayJobState.Paused, (await world.JobAsync(job)).State);

            Assert.True((await world.Job(job).Obey(ReplayJobOrder.Resume, "bob", null)).Obeyed);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
            Assert.InRange(world.Sender.Sent.Count - sent, 16, 22);
            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal(200, done.Delivered);
            Assert.False((await world.Job(job).Obey(ReplayJobOrder.Cancel, "bob", null)).Obeyed);
        });
    }

    [Fact]
    public void A_cancelled_job_starts_nothing_more_and_still_counts_what_is_under_way()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.DeadLetterAsync(100);
            var answer = new TaskCompletionSource<AttemptResult>();
            world.Sender.Answer = (_, _) => answer.Task;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 20, MaxConcurrent = 10 });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
            Assert.Equal((10, 10), ((await world.JobAsync(job)).UnderWay, world.Sender.MostAtOnce));
            await world.Job(job).Obey(ReplayJobOrder.Cancel, "bob", "wrong filter");
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
            var cancelled = await world.JobAsync(job);
            Assert.Equal((ReplayJobState.Cancelled, 10, null), (cancelled.State, cancelled.UnderWay, cancelled.EndedAt));
            answer.SetResult(AttemptResult.Delivered(200));
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
            var ended = await world.JobAsync(job);
            Assert.Equal((ReplayJobState.Cancelled, 10, 0, 90), (ended.State, ended.Delivered, ended.UnderWay, ended.Remaining));
            Assert.NotNull(ended.EndedAt);
            await world.Time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(110, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void Only_so_many_jobs_run_and_only_so_many_are_remembered()
    {
        using var world = new World(("Replays:MaxRunning", "2"), ("Replays:MaxJobsKept", "3"));
        world.Run(async () =>
        {
            await world.DeadLetterAsync(1);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "down", "me", null));
            var first = await world.StartJobAsync();
            var second = await world.StartJobAsync();
            Assert.Null(await world.Index.Start(await world.PlanAsync()));
            await world.Job(first).Obey(ReplayJobOrder.Cancel, "me", null);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            var third = await world.StartJobAsync();
            Assert.Equal([third.JobId, second.JobId, first.JobId], (await world.Index.List(1, 10)).JobIds);
            await world.Job(third).Obey(ReplayJobOrder.Cancel, "me", null);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            var fourth = await world.StartJobAsync();
            Assert.Equal([fourth.JobId, third.JobId, second.JobId], (await world.Index.List(1, 10)).JobIds);
            Assert.Equal([second.JobId], (await world.Index.List(2, 2)).JobIds);
            Assert.Null(await world.Job(first).Get());
        });
    }

    [Fact]
    public void A_job_leaves_no_reminder_and_no_timer_behind()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var before = (await world.Reminders.ReadRows(0, 0)).Reminders.Count;
            await world.DeadLetterAsync(3);
            world.Sender.AnswerWith(null);
            var job = await world.StartJobAsync();
            Assert.Equal(before + 1, (await world.Reminders.ReadRows(0, 0)).Reminders.Count);
            await world.UntilAsync(job, ReplayJobState.Completed);
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(before, (await world.Reminders.ReadRows(0, 0)).Reminders.Count);
            Assert.False(await world.Job(job).Wake());
        });
    }
}
