using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Grains.Tests.Engine.Ordering;

/// <summary>What the tests on ordering do to a world, and ask of it.</summary>
internal static class Lanes
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static Envelope Ordered(string key, int number = 0) =>
        World.Simple($$"""{"key":"{{key}}","n":{{number}}}""") with { OrderingKey = key };

    public static IOrderingLaneGrain Lane(this World world, string key = "k", string target = "default") =>
        world.Grains.GetGrain<IOrderingLaneGrain>(new LaneName(target, key).ToString());

    /// <summary>Submits messages of one key, one after the other.</summary>
    public static async Task<MessageId[]> SubmitInOrderAsync(this World world, string key, int count)
    {
        var ids = new MessageId[count];
        for (var i = 0; i < count; i++) ids[i] = await world.SubmitAsync(Ordered(key, i));
        return ids;
    }

    /// <summary>Submits a message as a patient client does: again and again, until it is accepted.</summary>
    public static async Task InsistAsync(this World world, MessageId id, Envelope envelope)
    {
        while (true)
        {
            try
            {
                var result = await world.Message(id).Submit(new SubmitMessage(envelope, "same"));
                Assert.True(result.Outcome is SubmitOutcome.Accepted or SubmitOutcome.Duplicate);
                return;
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                await world.Time.AdvanceAsync(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    /// <summary>Pauses or resumes delivery, and waits until every gate knows.</summary>
    public static async Task SetPausedAsync(this World world, bool paused)
    {
        await world.Grains.GetGrain<IDownstreamCatalogGrain>(0).SetPaused(null, paused);
        await world.Time.AdvanceAsync(Second * 2);
    }

    /// <summary>Checks that of each key no message was sent after a later one, and that all were sent.</summary>
    public static void AssertOrder(this World world, MessageId[] ids)
    {
        var order = world.Sender.Sent.Select(sent => sent.Id).Where(id => Array.IndexOf(ids, id) >= 0).Select(id => Array.IndexOf(ids, id)).ToArray();
        Assert.Equal(order.Order(), order);
        Assert.Equal(Enumerable.Range(0, ids.Length), order.Distinct());
    }

    /// <summary>Lets time pass until a condition holds.</summary>
    public static async Task UntilAsync(this World world, Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        var end = world.Now + (within ?? TimeSpan.FromMinutes(30));
        for (var looks = 0; !await condition(); looks++)
        {
            Assert.True(world.Now < end, $"Not in time: {what}");
            await world.Time.AdvanceAsync(World.BetweenLooks(looks));
        }
    }
}
