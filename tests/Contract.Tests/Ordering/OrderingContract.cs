using DlqCluster.Ordering;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Ordering;

/// <summary>What every store of ordering lanes does.</summary>
public abstract class OrderingContract
{
    private static readonly LaneName _lane = new("billing", "customer-1");

    protected abstract IOrderingStore Store { get; }

    [Fact]
    public async Task A_lane_that_nobody_has_used_has_no_entries()
    {
        var lane = await Store.ReadAsync(_lane);
        Assert.Empty(lane.Entries);
        Assert.Null(lane.Block);
        Assert.Empty(await Store.ListAsync(new LaneQuery()));
        Assert.Equal(default, await Store.CountAsync());
    }

    [Fact]
    public async Task Places_keep_their_order()
    {
        await AddAsync(_lane, 3, 5);
        await AddAsync(_lane, 7);
        Assert.Equal([3, 5, 7], await SequencesAsync(_lane));
        Assert.Equal(Id(5), (await Store.ReadAsync(_lane)).Entries[1].MessageId);
    }

    [Fact]
    public async Task A_sequence_may_be_as_large_as_microseconds_since_1970_are()
    {
        var entry = new LaneEntry((Start - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, Id(1));
        Assert.True(await Store.ChangeAsync(_lane, new LaneChange(null, [], [entry, entry with { Sequence = entry.Sequence + 1, MessageId = Id(2) }])));
        Assert.Equal(entry, (await Store.ReadAsync(_lane)).Entries[0]);
        Assert.Equal(Start, entry.JoinedAt);
    }

    [Fact]
    public async Task A_writer_that_knows_another_end_of_the_lane_changes_nothing()
    {
        await AddAsync(_lane, 1, 2);
        foreach (var wrong in new long?[] { null, 1, 3 })
            Assert.False(await Store.ChangeAsync(_lane, new LaneChange(wrong, [Entry(1)], [Entry(9)])));
        Assert.Equal([1, 2], await SequencesAsync(_lane));
        Assert.True(await Store.ChangeAsync(_lane, new LaneChange(2, [Entry(1)], [Entry(9)])));
        Assert.Equal([2, 9], await SequencesAsync(_lane));
    }

    [Fact]
    public async Task What_is_not_there_can_be_removed_and_another_message_at_its_place_stays()
    {
        await AddAsync(_lane, 1, 2);
        Assert.True(await Store.ChangeAsync(_lane, new LaneChange(2, [Entry(5), new LaneEntry(1, Id(99)), Entry(2)], [])));
        Assert.Equal([1], await SequencesAsync(_lane));
        Assert.True(await Store.ChangeAsync(_lane, new LaneChange(1, [Entry(1)], [])));
        Assert.True(await Store.ChangeAsync(_lane, new LaneChange(null, [Entry(1)], [])));
        Assert.Equal(default, await Store.CountAsync());
    }

    [Fact]
    public async Task A_block_goes_with_its_place()
    {
        await AddAsync(_lane, 1, 2);
        await Store.BlockAsync(_lane, new LaneBlock(Entry(1), At(30.0019)));
        Assert.Equal(new LaneBlock(Entry(1), At(30.001)), (await Store.ReadAsync(_lane)).Block);
        Assert.Equal(new LaneTotals(1, 1), await Store.CountAsync());
        await Store.ChangeAsync(_lane, new LaneChange(2, [Entry(2)], []));
        Assert.NotNull((await Store.ReadAsync(_lane)).Block);
        await Store.ChangeAsync(_lane, new LaneChange(1, [Entry(1)], [Entry(3)]));
        Assert.Null((await Store.ReadAsync(_lane)).Block);
        Assert.Equal(new LaneTotals(1, 0), await Store.CountAsync());
    }

    [Fact]
    public async Task A_place_that_is_not_in_the_lane_blocks_nothing()
    {
        await Store.BlockAsync(_lane, new LaneBlock(Entry(1), At(1)));
        await AddAsync(_lane, 1);
        await Store.BlockAsync(_lane, new LaneBlock(new LaneEntry(1, Id(77)), At(1)));
        Assert.Null((await Store.ReadAsync(_lane)).Block);
        Assert.Equal(new LaneTotals(1, 0), await Store.CountAsync());
    }

    [Fact]
    public async Task Lanes_are_listed_by_name_page_by_page()
    {
        LaneName[] lanes = [new("a", "1"), new("a", "2"), new("a", "2 ü/:💳"), new("a.b", "0"), new("b", "1"), new("b", "2")];
        foreach (var lane in lanes.Reverse()) await AddAsync(lane, 4, 6);
        await Store.BlockAsync(lanes[1], new LaneBlock(Entry(4), At(7)));
        await Store.BlockAsync(lanes[4], new LaneBlock(Entry(4), At(8)));

        Assert.Equal(lanes, await NamesAsync(new LaneQuery()));
        Assert.Equal(lanes[..2], await NamesAsync(new LaneQuery { Limit = 2 }));
        Assert.Equal(lanes[2..], await NamesAsync(new LaneQuery { After = lanes[1] }));
        Assert.Equal(lanes[..3], await NamesAsync(new LaneQuery { Target = "a" }));
        Assert.Equal(lanes[1..3], await NamesAsync(new LaneQuery { Target = "a", After = lanes[0] }));
        Assert.Equal([lanes[1], lanes[4]], await NamesAsync(new LaneQuery { BlockedOnly = true }));
        Assert.Equal([lanes[4]], await NamesAsync(new LaneQuery { BlockedOnly = true, After = lanes[1] }));
        Assert.Equal([lanes[4]], await NamesAsync(new LaneQuery { BlockedOnly = true, Target = "b", Limit = 1 }));
        Assert.Empty(await NamesAsync(new LaneQuery { Target = "c" }));
        Assert.Equal(new LaneSummary(lanes[1], 2, Entry(4), At(7)), (await Store.ListAsync(new LaneQuery()))[1]);
        Assert.Equal(new LaneTotals(6, 2), await Store.CountAsync());
    }

    [Fact]
    public async Task Lanes_are_apart()
    {
        await AddAsync(_lane, 1);
        await AddAsync(_lane with { Target = "mail" }, 2);
        await AddAsync(_lane with { OrderingKey = "customer-2" }, 3);
        Assert.Equal([1], await SequencesAsync(_lane));
        Assert.Equal([2], await SequencesAsync(_lane with { Target = "mail" }));
    }

    private static LaneEntry Entry(int sequence) => new(sequence, Id(sequence));

    private async Task AddAsync(LaneName lane, params int[] sequences)
    {
        var entries = (await Store.ReadAsync(lane)).Entries;
        long? last = entries.Count == 0 ? null : entries[^1].Sequence;
        Assert.True(await Store.ChangeAsync(lane, new LaneChange(last, [], [.. sequences.Select(Entry)])));
    }

    private async Task<IEnumerable<int>> SequencesAsync(LaneName lane) =>
        (await Store.ReadAsync(lane)).Entries.Select(entry => (int)entry.Sequence);

    private async Task<IEnumerable<LaneName>> NamesAsync(LaneQuery query) => (await Store.ListAsync(query)).Select(lane => lane.Lane);
}
