using DlqCluster.Messages;

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
    public void A_shutdown_lets_what_is_on_its_way_come_home_and_the_next_start_goes_on()
    {
        using var world = new World();
        var answers = new List<TaskCompletionSource<AttemptResult>>();
        world.Sender.Answer = (_, _) =>
        {
            answers.Add(new TaskCompletionSource<AttemptResult>());
            return answers[^1].Task;
        };
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            var ids = new List<MessageId>();
            for (var i = 0; i < 100; i++) ids.Add(await world.SubmitAsync());
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(64, answers.Count);
            var stopping = world.StopAsync();
            await world.Time.AdvanceAsync(_second);
            foreach (var answer in answers) answer.SetResult(AttemptResult.Delivered());
            await stopping;
            Assert.Equal(64, world.Sender.Sent.Count);

            world.Sender.AnswerWith(null);
            await world.StartAsync();
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(100, world.Sender.Sent.Count);
            Assert.Equal(100, world.Sender.Sent.Select(sent => sent.Id).Distinct().Count());
        });
    }
}
