using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>
/// What a start finds and takes up at once. On the embedded engine alone: in a cluster nobody does, as other silos may have it in hand.
/// </summary>
[Trait("Spec", "OB1")]
public sealed class FoundAtStartTests
{
    [Fact]
    public void After_a_crash_the_sums_begin_with_what_was_found()
    {
        using var world = new World();
        world.Sender.Answer = (_, token) => HangAsync(token);
        world.Run(async () =>
        {
            for (var i = 0; i < 5; i++) await world.SubmitAsync();
            await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddMinutes(5) });
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(1));

            await world.CrashAndRestartAsync();
            world.Sender.AnswerWith(null);
            using var meters = QueueSumTests.MetersOf(world);
            await world.UntilAsync(await world.SubmitAsync(), MessageState.Delivered);
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(10));

            Assert.Equal(6, meters["messages_found_at_start"]);
            Assert.Equal(7, meters["messages_ended_total", "delivered"]);
            QueueSumTests.AssertSums(meters);
        });
    }

    [Fact]
    [Trait("Spec", "DE11")]
    public void A_retry_that_was_due_when_the_silo_died_goes_out_although_the_clock_is_an_hour_behind()
    {
        using var world = new World(("Retry:BaseBackoffMs", "5000"));
        world.Sender.AnswerInTurn(ErrorType.Server, null);
        world.Run(async () =>
        {
            var id = await world.SubmitAsync();
            await world.UntilAsync(id, MessageState.Retrying);
            world.Time.SetWallClock(TimeSpan.FromHours(-1));
            await world.CrashAndRestartAsync();

            await ClockTests.UntilAsync(world, () => world.Sender.Sent.Count == 2, 31);
        });
    }

    private static async Task<AttemptResult> HangAsync(CancellationToken token)
    {
        await new TaskCompletionSource().Task.WaitAsync(token);
        return AttemptResult.Delivered();
    }
}
