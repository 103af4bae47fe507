using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Engine.Ordering;
using DlqCluster.Messages;
using DlqCluster.Replays;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>The end of a replay job, whatever fails on the way there: DQ6.</summary>
[Trait("Spec", "DQ6")]
public sealed class ReplayJobEndTests
{
    [Fact]
    public void A_job_that_another_silo_has_stored_since_begins_anew_from_that()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.DeadLetterAsync(3);
            world.Sender.AnswerWith(null);
            var job = await world.StartJobAsync();
            await world.Job(job).Obey(ReplayJobOrder.Pause, "ann", null);
            var grain = GrainId.Create("replay", job.JobId);
            var elsewhere = new GrainState<ReplayJobRecord>();
            await world.States.ReadStateAsync("replay", grain, elsewhere);
            elsewhere.State = ReplayJob.Obey(elsewhere.State!, ReplayJobOrder.Resume, "bob", null, world.Now)!;
            await world.States.WriteStateAsync("replay", grain, elsewhere);
            // At the latest its reminder wakes it.
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(90));
            Assert.Equal((ReplayJobState.Completed, 3L), ((await world.JobAsync(job)).State, (await world.JobAsync(job)).Delivered));
        });
    }

    [Fact]
    public void A_job_whose_first_write_arrives_after_its_maker_has_died_is_found_by_its_reminder()
    {
        using var world = new World();
        world.Run(async () =>
        {
            await world.DeadLetterAsync(3);
            world.Sender.AnswerWith(null);
            var made = await world.StartJobAsync();
            var late = new GrainState<ReplayJobRecord>();
            await world.States.ReadStateAsync("replay", GrainId.Create("replay", made.JobId), late);
            var job = made with { JobId = "late" };
            Assert.False(await world.Job(job).Wake());
            var grain = GrainId.Create("replay", job.JobId);
            await world.States.WriteStateAsync("replay", grain, new GrainState<ReplayJobRecord>(late.State!));
            Assert.True(await world.Job(job).Wake());
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(ReplayJobState.Completed, (await world.JobAsync(job)).State);
        });
    }

    [Fact]
    public void A_replay_that_was_started_though_that_failed_counts_also_when_the_job_is_cancelled_at_once()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var id = Assert.Single(await world.DeadLetterAsync(1));
            world.Sender.AnswerWith(null);
            var failed = false;
            world.Letters.After = operation =>
            {
                if (operation != "letter.put" || failed) return Task.CompletedTask;
                failed = true;
                throw new StorageUnavailableException("It fails, but is done.");
            };
            var job = await world.StartJobAsync();
            await world.UntilAsync(() => Task.FromResult(failed), "the replay has been stored");
            await world.Job(job).Obey(ReplayJobOrder.Cancel, "ann", null);
            await world.UntilAsync(id, LetterStatus.Resolved);
            var ended = await world.UntilAsync(job, ReplayJobState.Cancelled);
            Assert.Equal((1, 0, 0), (ended.Delivered, ended.Failed, ended.Skipped));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_job_of_which_one_write_fails_still_ends_leaves_nothing_behind_and_can_be_forgotten(int failing)
    {
        using var world = new World();
        world.Run(async () =>
        {
            var reminders = (await world.Reminders.ReadRows(0, 0)).Reminders.Count;
            await world.DeadLetterAsync(1);
            world.Sender.AnswerWith(ErrorType.Client);
            var job = await world.StartJobAsync();
            var writes = 0;
            world.States.Before = operation => operation == "state.write" && ++writes == failing ? throw new StorageUnavailableException("full") : Task.CompletedTask;
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.True(writes >= failing);
            Assert.False(await world.Job(job).Wake());
            Assert.Equal(reminders, (await world.Reminders.ReadRows(0, 0)).Reminders.Count);
            await world.Job(job).Forget();
            Assert.Null(await world.Job(job).Get());
        });
    }
}
