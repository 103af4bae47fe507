using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>The end of a replay job, whatever fails on the way there: DQ6.</summary>
[Trait("Spec", "DQ6")]
public sealed class ReplayJobEndTests
{
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
