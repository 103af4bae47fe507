using DlqCluster.Grains.Tests.Engine.Ordering;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Grains.Tests.Engine.Embedded;

/// <summary>
/// Order through a crash, or a fault, at any operation on a store. On the embedded engine alone: it starts again in a millisecond, and does the
/// same operations in the same order each time.
/// </summary>
[Trait("Spec", "DE8")]
public sealed class OrderingMomentTests
{
    private const int Messages = 5;

    // Each of these is a moment before or after one of the first operations on a store while messages of one key come and go.
    private const int Moments = 45;

    public static TheoryData<bool> BeforeAndAfter => [true, false];

    [Theory]
    [MemberData(nameof(BeforeAndAfter))]
    public void A_crash_at_any_operation_loses_nothing_and_keeps_the_order(bool before)
    {
        for (var moment = 1; moment <= Moments; moment++) Play(moment, before, crash: true);
    }

    [Theory]
    [MemberData(nameof(BeforeAndAfter))]
    public void An_operation_that_fails_at_any_moment_loses_nothing_and_keeps_the_order(bool before)
    {
        for (var moment = 1; moment <= Moments; moment++) Play(moment, before, crash: false);
    }

    private static void Play(int moment, bool before, bool crash)
    {
        using var world = new World(("Retry:MaxRetries", "30"), ("Delivery:WatchdogMs", "5000"), ("Ordering:RecheckMs", "20000"));
        var operations = 0;
        var isDown = false;
        Task Hook(string operation)
        {
            if (operation is "ledger.peek" or "ledger.count" || ++operations != moment) return Task.CompletedTask;
            if (!crash) throw new StorageUnavailableException("It fails here.");
            isDown = true;
            world.Kill();
            return new TaskCompletionSource().Task;
        }

        void Set(Func<string, Task>? hook)
        {
            foreach (var store in new Testing.MemoryStore[] { world.States, world.Ledger, world.Ordering })
            {
                if (before) store.Before = hook;
                else store.After = hook;
            }
        }

        var random = new Random(moment);
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 20)), world.Time, token);
            return ScriptedSender.Result(random.Next(4) == 0 ? ErrorType.Server : null);
        };
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            Set(Hook);
            var ids = Enumerable.Range(0, Messages).Select(_ => world.NewId()).ToArray();
            var submitting = SubmitAsync();
            for (var i = 0; !submitting.IsCompleted || isDown || (operations < moment && i < 1_000); i++)
            {
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(20));
                if (!isDown) continue;
                isDown = false;
                await world.StartAsync();
            }

            await submitting;
            Set(null);
            Assert.True(operations >= moment, $"There are only {operations} operations.");
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromMinutes(2));
            world.AssertOrder(ids);
            await world.UntilAsync(async () => await world.Ordering.CountAsync() == default, "the lane is empty", TimeSpan.FromMinutes(2));
            await world.StopAsync();

            async Task SubmitAsync()
            {
                for (var i = 0; i < Messages; i++) await world.InsistAsync(ids[i], Lanes.Ordered("k", i));
            }
        });
    }
}
