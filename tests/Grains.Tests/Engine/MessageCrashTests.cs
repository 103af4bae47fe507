using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>Crashes and shutdowns: DE4, DE9.</summary>
public sealed class MessageCrashTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(0)]
    [InlineData(1_500)]
    [InlineData(4_000)]
    public void A_crash_at_any_moment_loses_no_retry(int crashAfterMs)
    {
        using var world = new World();
        world.Sender.AnswerInTurn(ErrorType.Server, ErrorType.Network, ErrorType.Timeout, null);
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var id = await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(crashAfterMs));
            await world.CrashAndRestartAsync();
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromSeconds(30));
            Assert.Equal(4, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void An_entry_whose_removal_failed_after_the_fact_is_made_again_before_the_message_is_acknowledged()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var failing = "state.write";
            world.States.Before = operation => operation == failing ? throw new StorageUnavailableException("It fails undone.") : Task.CompletedTask;
            var id = world.NewId();
            var submit = new SubmitMessage(World.Simple() with { DeliverAt = world.Now.AddHours(1) }, "same");
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(submit));
            failing = "";
            world.Ledger.After = operation => operation == "ledger.remove" ? throw new StorageUnavailableException("It fails, but is done.") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Wake());
            world.Ledger.Before = operation => operation == "ledger.put" ? throw new StorageUnavailableException("It fails undone.") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageUnavailableException>(() => world.Message(id).Submit(submit));
            (world.Ledger.Before, world.Ledger.After) = (null, null);

            Assert.Equal(SubmitOutcome.Duplicate, (await world.Message(id).Submit(submit)).Outcome);
            await world.CrashAndRestartAsync();
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromHours(2));
        });
    }

    [Fact]
    public void A_shutdown_lets_what_is_on_its_way_come_home_and_the_next_start_goes_on()
    {
        using var world = new World(("Delivery:ShutdownGraceMs", "30000"));
        var answers = new List<TaskCompletionSource<AttemptResult>>();
        world.Sender.Answer = (_, _) =>
        {
            answers.Add(new TaskCompletionSource<AttemptResult>());
            return answers[^1].Task;
        };
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            world.UseOneSilo();
            var ids = new List<MessageId>();
            for (var i = 0; i < 100; i++) ids.Add(await world.SubmitAsync());
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(64, answers.Count);
            var stopping = world.StopAsync();
            await world.Time.AdvanceAsync(_second);
            world.Sender.AnswerWith(null);
            foreach (var answer in answers) answer.SetResult(AttemptResult.Delivered());
            await stopping;
            // Silos that still run take over from one that stops.
            Assert.InRange(world.Sender.Sent.Count, 64, world.Silos.Count == 1 ? 64 : 100);

            await world.StartAsync();
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(100, world.Sender.Sent.Count);
            Assert.Equal(100, world.Sender.Sent.Select(sent => sent.Id).Distinct().Count());
        });
    }
}
