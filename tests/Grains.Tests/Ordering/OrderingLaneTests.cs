using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Grains.Tests.Ordering;

/// <summary>A lane in memory: DE8.</summary>
[Trait("Spec", "DE8")]
public sealed class OrderingLaneTests
{
    private static readonly DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Messages_keep_their_order_also_when_the_clock_stands_still_or_goes_back()
    {
        var lane = Empty();
        lane.Add(Id(1), _now);
        lane.Add(Id(2), _now);
        lane.Add(Id(3), _now.AddHours(-1));
        var added = lane.NextChange()!.Added;
        Assert.Equal([Id(1), Id(2), Id(3)], added.Select(entry => entry.MessageId));
        Assert.Equal(added.OrderBy(entry => entry.Sequence), added);
        Assert.Equal(3, added.Select(entry => entry.Sequence).Distinct().Count());
        Assert.Equal(2, lane.Ahead(Id(3)));
        Assert.True(lane.IsNext(Id(2)));
    }

    [Fact]
    public void What_comes_and_goes_before_it_is_stored_needs_no_write()
    {
        var lane = Empty();
        lane.Add(Id(1), _now);
        Assert.True(lane.Remove(Id(1)));
        Assert.False(lane.Remove(Id(1)));
        Assert.True(lane.IsStored);
        Assert.Null(lane.NextChange());
    }

    [Fact]
    public void Who_leaves_while_it_is_written_leaves_the_store_with_the_next_write()
    {
        var lane = Empty();
        lane.Add(Id(1), _now);
        lane.Add(Id(2), _now);
        var first = lane.NextChange()!;
        lane.Remove(Id(1));
        lane.Add(Id(3), _now);
        lane.Stored(first);
        Assert.True(lane.HasStored(Id(2)));
        Assert.False(lane.HasStored(Id(3)));
        var second = lane.NextChange()!;
        Assert.Equal(first.Added[^1].Sequence, second.ExpectedLast);
        Assert.Equal([Id(1)], second.Removed.Select(entry => entry.MessageId));
        Assert.Equal([Id(3)], second.Added.Select(entry => entry.MessageId));
        lane.Stored(second);
        Assert.True(lane.IsStored);
    }

    [Fact]
    public void A_write_has_a_limit_and_the_rest_goes_with_the_next()
    {
        var lane = Empty();
        for (var i = 0; i < 1_500; i++) lane.Add(Id(i), _now);
        var sizes = new List<int>();
        while (lane.NextChange() is { } change)
        {
            sizes.Add(change.Added.Count);
            lane.Stored(change);
        }

        Assert.Equal([1_000, 500], sizes);
    }

    [Fact]
    public void A_block_is_noted_once_and_goes_with_its_message()
    {
        var lane = new OrderingLane(new StoredLane([new(1, Id(1)), new(2, Id(2))], null));
        Assert.True(lane.TryPlanBlock(Id(1), _now, out var block));
        lane.Blocked(block.Value);
        Assert.False(lane.TryPlanBlock(Id(1), _now, out _));
        Assert.False(lane.TryPlanBlock(Id(9), _now, out _));
        Assert.Equal(_now, lane.Block?.Since);
        lane.Remove(Id(1));
        Assert.Null(lane.Block);
        Assert.Equal(Id(2), lane.Head?.MessageId);
    }

    /// <summary>Whatever comes, goes and is stored in whatever order: memory and store never disagree on what they agree on.</summary>
    [Fact]
    public void A_store_that_does_as_it_is_told_always_has_what_the_lane_says_it_has()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var lane = Empty();
            var stored = new SortedDictionary<long, MessageId>();
            var inside = new List<MessageId>();
            LaneChange? underWay = null;
            for (var step = 0; step < 200; step++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        inside.Add(Id(step));
                        lane.Add(Id(step), _now.AddMicroseconds(random.Next(-50, 50)));
                        break;
                    case 1 when inside.Count > 0:
                        var leaving = inside[random.Next(inside.Count)];
                        inside.Remove(leaving);
                        Assert.True(lane.Remove(leaving));
                        break;
                    case 2:
                        underWay ??= lane.NextChange();
                        break;
                    case 3 when underWay is not null:
                        Assert.Equal(stored.Count == 0 ? null : stored.Last().Key, underWay.ExpectedLast);
                        foreach (var entry in underWay.Removed) Assert.True(stored.Remove(entry.Sequence));
                        foreach (var entry in underWay.Added) stored.Add(entry.Sequence, entry.MessageId);
                        lane.Stored(underWay);
                        underWay = null;
                        break;
                }

                Assert.Equal(inside, lane.Messages);
                Assert.All(inside.Where(lane.HasStored), id => Assert.Contains(id, stored.Values));
                if (underWay is null && lane.IsStored) Assert.Equal(inside, stored.Values);
            }
        }
    }

    private static OrderingLane Empty() => new(new StoredLane([], null));

    private static MessageId Id(int number) => new($"{number:x8}-0000-7000-8000-000000000000");
}
