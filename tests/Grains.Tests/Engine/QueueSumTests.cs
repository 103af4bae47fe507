using System.Diagnostics.Metrics;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Diagnostics;
using DlqCluster.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>From the metrics alone: what came in is what waits and what left.</summary>
[Trait("Spec", "OB1")]
public sealed class QueueSumTests
{
    [Fact]
    public void What_was_found_accepted_and_replayed_is_what_waits_and_what_ended()
    {
        using var world = new World([("Retry:MaxRetries", "0"), ("Dlq:MaxReplays", "1"), ("Dlq:DefaultStrategy", "immediate"), .. World.Patient]);
        world.Sender.Answer = (message, _) => Task.FromResult(Bad(message.Envelope) ? AttemptResult.Failed(ErrorType.Server, "no") : AttemptResult.Delivered());
        world.Run(async () =>
        {
            using var meters = MetersOf(world);
            for (var i = 0; i < 7; i++) await world.UntilAsync(await world.SubmitAsync(), MessageState.Delivered);
            var bad = await world.SubmitAsync(World.Simple("\"bad\""));
            var later = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(30) });
            await world.UntilAsync(bad, MessageState.DeadLettered);
            await world.UntilAsync(bad, LetterStatus.Failed);
            await world.Message(await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(30) })).Cancel();
            await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(2), ExpiresAt = world.Now.AddHours(1) });
            await world.Time.AdvanceAsync(TimeSpan.FromHours(3));

            Assert.Equal(11, meters["stream_enqueue_total"]);
            Assert.Equal(1, meters["messages_replayed_total"]);
            Assert.Equal(7, meters["messages_ended_total", "delivered"]);
            Assert.Equal(2, meters["messages_ended_total", "deadLettered"]);
            Assert.Equal(1, meters["messages_ended_total", "cancelled"]);
            Assert.Equal(1, meters["messages_ended_total", "expired"]);
            Assert.Equal(1, meters["messages_delayed"]);
            AssertSums(meters);
            Assert.Equal(MessageState.Scheduled, await world.StateAsync(later));
        });
    }

    [Fact]
    public void A_message_that_was_due_later_is_not_slow_for_that()
    {
        using var world = new World();
        world.Run(async () =>
        {
            using var meters = MetersOf(world);
            var id = await world.SubmitAsync(World.Simple() with { DeliverAt = world.Now.AddHours(1) });
            await world.UntilAsync(id, MessageState.Delivered, TimeSpan.FromHours(2));
            Assert.InRange(meters["message_end_to_end_seconds"], 0, 1);
        });
    }

    [Fact]
    [Trait("Spec", "CB5")]
    public void An_open_breaker_is_shown_for_as_long_as_it_is_open_however_quiet_it_is()
    {
        using var world = new World([.. World.Patient]);
        world.Run(async () =>
        {
            using var meters = MetersOf(world);
            await world.Breaker().Force(new ForceBreaker(BreakerMode.ForcedOpen, "test", "me", null));
            await world.Time.AdvanceAsync(TimeSpan.FromHours(6));
            Assert.Equal(1, meters["circuit_breaker_state", "default"]);
        });
    }

    internal static Meters MetersOf(World world) => new([.. world.Silos.Select(static silo => silo.GetRequiredService<IMeterFactory>())]);

    private static bool Bad(Envelope envelope) => envelope.Payload.ToString().Contains("bad", StringComparison.Ordinal);

    internal static void AssertSums(Meters meters) => Assert.Equal(
        meters["messages_found_at_start"] + meters["stream_enqueue_total"] + meters["messages_replayed_total"],
        meters["messages_ended_total"] + meters["messages_waiting"] + meters["messages_delayed"]);
}
