using DlqCluster.Breakers;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>The gate and the breaker on the engine: DE5, DE6, CB1 to CB7.</summary>
public sealed class DeliveryGrainTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_bulkhead_holds_and_whoever_exceeds_memory_waits_in_the_ledger()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "3"), ("Delivery:MaxWaiting", "10"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            var ids = new List<MessageId>();
            for (var i = 0; i < 200; i++) ids.Add(await world.SubmitAsync());
            foreach (var id in ids) await world.UntilAsync(id, MessageState.Delivered);
            // Each silo has a gate of its own.
            Assert.InRange(world.Sender.MostAtOnce, 3, 3 * world.Silos.Count);
            Assert.Equal(200, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void The_rate_limit_paces()
    {
        using var world = new World(("Downstreams:default:RatePerSecond", "5"));
        world.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(50, world.Sender.Sent.Count);
            foreach (var sent in world.Sender.Sent)
                Assert.InRange(world.Sender.Sent.Count(other => other.At >= sent.At && other.At < sent.At + _second), 1, 6 * world.Silos.Count);
        });
    }

    [Fact]
    public void A_higher_priority_goes_first_and_a_low_one_is_not_starved()
    {
        using var world = new World(("Downstreams:default:MaxConcurrency", "1"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(_second, world.Time, token);
            return AttemptResult.Delivered();
        };
        world.Run(async () =>
        {
            world.UseOneSilo();
            await world.UntilAsync(await world.SubmitAsync(), MessageState.Processing);
            var low = await world.SubmitAsync(World.Simple() with { Priority = MessagePriority.Low });
            var critical = await world.SubmitAsync(World.Simple() with { Priority = MessagePriority.Critical });
            for (var i = 0; i < 200; i++)
            {
                await world.SubmitAsync(World.Simple() with { Priority = MessagePriority.Critical });
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(900));
            }

            var order = world.Sender.Sent.Select(sent => sent.Id).ToList();
            Assert.Equal(1, order.IndexOf(critical));
            Assert.InRange(order.IndexOf(low), 30, 80);
        });
    }

    [Fact]
    public void A_pause_holds_everything_burns_nothing_and_ends()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var catalog = world.Grains.GetGrain<IDownstreamCatalogGrain>(0);
            await catalog.SetPaused(null, true);
            await world.RefreshAsync();
            var id = await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Empty(world.Sender.Sent);
            Assert.Equal(MessageState.Parked, await world.StateAsync(id));
            await catalog.SetPaused(null, false);
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromSeconds(3));
        });
    }

    [Fact]
    [Trait("Passes", "hours")]
    public void A_dead_downstream_opens_the_breaker_and_nothing_burns_while_it_is_open()
    {
        using var world = new World(("Downstreams:default:Breaker:OpenMs", "3600000"));
        world.Sender.Answer = async (_, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), world.Time, token);
            return ScriptedSender.Result(ErrorType.Network);
        };
        world.Run(async () =>
        {
            var ids = new List<MessageId>();
            for (var i = 0; i < 500; i++) ids.Add(await world.SubmitAsync());
            await world.Time.AdvanceAsync(_second);
            Assert.Equal(BreakerState.Open, (await world.Breaker().Get()).State);
            var sent = world.Sender.Sent.Count;
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(50));
            Assert.Equal(sent, world.Sender.Sent.Count);
            Assert.Equal(MessageState.Parked, await world.StateAsync(ids[^1]));
            Assert.Empty((await world.Message(ids[^1]).Get())!.Attempts);
            Assert.Equal(500, world.Silos.Sum(static silo => silo.GetRequiredService<QueueTracker>().Current.Parked));
        });
    }

    [Fact]
    public void Nothing_is_sent_once_a_lease_of_an_open_breaker_has_run_out()
    {
        using var world = new World();
        world.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(20));
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "a test", "me", null));
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(251));
            var sent = world.Sender.Sent.Count;
            for (var i = 0; i < 20; i++) await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(3));
            Assert.Equal(sent, world.Sender.Sent.Count);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.Auto, "reset", "me", null));
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(40, world.Sender.Sent.Count);
        });
    }

    [Fact]
    public void Half_open_lets_out_exactly_the_probes_and_recovery_ramps_up()
    {
        using var world = new World(("Downstreams:default:Breaker:OpenMs", "5000"), ("Downstreams:default:MaxConcurrency", "500"));
        world.Sender.AnswerWith(ErrorType.Server);
        world.Run(async () =>
        {
            for (var i = 0; i < 1_000; i++) await world.SubmitAsync();
            await world.Time.AdvanceAsync(_second);
            var before = world.Sender.Sent.Count;
            var probes = new List<TaskCompletionSource<AttemptResult>>();
            world.Sender.Answer = (_, _) =>
            {
                probes.Add(new TaskCompletionSource<AttemptResult>());
                return probes[^1].Task;
            };
            await world.Time.AdvanceAsync(TimeSpan.FromSeconds(8));
            Assert.Equal(10, probes.Count);
            Assert.Equal(BreakerState.HalfOpen, (await world.Breaker().Get()).State);

            world.Sender.AnswerWith(null);
            foreach (var probe in probes) probe.SetResult(AttemptResult.Delivered());
            await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(300));
            Assert.Equal(BreakerState.Closed, (await world.Breaker().Get()).State);
            var closedAt = (await world.Breaker().Get()).ClosedAt!.Value;
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
            var perSecond = world.Sender.Sent.Skip(before + 10).GroupBy(sent => (int)(sent.At - closedAt).TotalSeconds).ToDictionary(g => g.Key, g => g.Count());
            Assert.InRange(perSecond[0], 15, 25);
            Assert.InRange(perSecond[2], 30, 50);
            Assert.InRange(perSecond[4], 60, 100);
        });
    }

    [Fact]
    [Trait("Passes", "hours")]
    public void A_breaker_survives_a_restart()
    {
        using var world = new World();
        world.Time.Run(async () =>
        {
            await world.StartAsync();
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "maintenance", "me", TimeSpan.FromHours(1)));
            await world.CrashAndRestartAsync();
            var view = await world.Breaker().Get();
            Assert.Equal(BreakerState.Open, view.State);
            Assert.Equal("maintenance", view.ModeReason);
            var id = await world.SubmitAsync();
            await world.Time.AdvanceAsync(TimeSpan.FromMinutes(59));
            Assert.Empty(world.Sender.Sent);
            // Nobody trusts a downstream after a forced opening: its first messages are probes.
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromMinutes(5));
        });
    }

    [Fact]
    public void A_downstream_that_was_removed_dead_letters_what_waits_for_it()
    {
        using var world = new World();
        world.Run(async () =>
        {
            var catalog = world.Grains.GetGrain<IDownstreamCatalogGrain>(0);
            await catalog.Put(new Downstream { Name = "gone" });
            await world.RefreshAsync();
            var id = await world.SubmitAsync(World.Simple() with { Target = "gone", DeliverAt = world.Now.AddMinutes(1) });
            Assert.Equal(CatalogChange.Done, await catalog.Delete("gone"));
            await world.UntilAsync(id, MessageState.DeadLettered);
            Assert.Empty(world.Sender.Sent);
            Assert.Contains("gone", (await world.Letters.GetAsync(id))!.ErrorReason, StringComparison.Ordinal);
        });
    }
}
