using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine.Ordering;

/// <summary>Explanations on the engine: DE10.</summary>
[Trait("Spec", "DE10")]
public sealed class ExplainTests
{
    [Fact]
    public void Whoever_waits_without_an_activation_is_explained_truthfully()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "1"));
        world.Sender.Answer = (_, token) => new TaskCompletionSource<AttemptResult>().Task.WaitAsync(token);
        world.Run(async () =>
        {
            world.UseOneSilo();
            Assert.Null(await world.Message(world.NewId()).Explain());
            var ids = await world.SubmitInOrderAsync("k", 3);
            var scheduled = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(1) });
            await world.UntilAsync(ids[0], MessageState.Processing);
            var waiting = await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(3));

            Assert.Equal(WaitReason.BeingSent, await CodeAsync(ids[0]));
            var second = (await world.Message(ids[2]).Explain())!;
            var behind = second.Reasons[0];
            Assert.Equal((WaitReason.OrderingHead, ids[0]), (behind.Code, behind.BlockingMessageId));
            Assert.Null(second.ExpectedAt);
            Assert.Equal(world.Now.AddMinutes(57), (await world.Message(scheduled).Explain())!.ExpectedAt!.Value, Lanes.Second);
            Assert.Equal(WaitReason.Bulkhead, await CodeAsync(waiting));
            foreach (var id in ids.Append(waiting)) await world.Message(id).Cancel();
            Assert.Equal(WaitReason.Ended, await CodeAsync(waiting));

            await world.SetPausedAsync(true);
            var paused = await world.SubmitAsync();
            Assert.Equal(WaitReason.Paused, await CodeAsync(paused));
            await world.Message(paused).Cancel();

            async Task<WaitReason> CodeAsync(MessageId id) => Assert.Single((await world.Message(id).Explain())!.Reasons).Code;
        });
    }
}
