using DlqCluster.Grains.Tests.Engine.Ordering;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// One silo of three dies, whichever has what: the ledger, the dead letters, the breaker, the lane, the job. On real Orleans alone: the
/// embedded engine has one.
/// </summary>
public sealed class LostSiloTests
{
    public static TheoryData<int> Each => [0, 1, 2];

    [Theory]
    [MemberData(nameof(Each))]
    [Trait("Spec", "DE4")]
    public void What_a_silo_had_in_hand_when_it_died_the_others_deliver_and_nothing_twice_but_that(int silo)
    {
        using var world = new World();
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var ids = new List<MessageId>();
            for (var i = 0; i < 30; i++) ids.Add(await world.SubmitAsync());
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
            var underWay = world.Sender.Sent.Select(sent => sent.Id).ToHashSet();
            for (var i = 0; i < 10; i++) ids.Add(await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddMinutes(1) }));
            await world.KillOneAsync(silo);

            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            Assert.Equal(ids.ToHashSet(), world.Sender.Sent.Select(sent => sent.Id).ToHashSet());
            Assert.All(world.Sender.Sent.GroupBy(sent => sent.Id), copies => Assert.InRange(copies.Count(), 1, underWay.Contains(copies.Key) ? 2 : 1));
        });
    }

    [Theory]
    [MemberData(nameof(Each))]
    [Trait("Spec", "DE8")]
    public void Each_key_keeps_its_order_when_a_silo_dies(int silo)
    {
        using var world = new World(("Ordering:RecheckMs", "20000"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var keys = await Task.WhenAll(Enumerable.Range(0, 4).Select(key => world.SubmitInOrderAsync($"key {key}", 6)));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(50));
            await world.KillOneAsync(silo);

            foreach (var id in keys.SelectMany(static ids => ids)) await world.UntilAsync(id, MessageState.Delivered);
            foreach (var ids in keys) world.AssertOrder(ids);
            await world.UntilAsync(async () => await world.Ordering.CountAsync() == default, "no lane is left");
        });
    }

    [Theory]
    [MemberData(nameof(Each))]
    [Trait("Spec", "DQ6")]
    public void A_job_goes_on_when_a_silo_dies_and_replays_and_counts_each_letter_once(int silo)
    {
        using var world = new World();
        world.Run(async () =>
        {
            var ids = await world.DeadLetterAsync(60);
            world.Sender.AnswerWith(null);
            var since = world.Now;
            var job = await world.StartJobAsync(plan => plan with { RatePerSecond = 50, BatchSize = 16 });
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(400));
            await world.KillOneAsync(silo);

            var done = await world.UntilAsync(job, ReplayJobState.Completed);
            Assert.Equal((60, 0, 0), (done.Delivered, done.Failed, done.Skipped));
            foreach (var id in ids) Assert.True(Assert.Single((await world.Letters.GetAsync(id))!.ReplayAttempts).Delivered);
            // An attempt that the death cut off is made again; the replay is the same.
            Assert.InRange(world.Replays(since).Count, 60, 65);
        });
    }
}
