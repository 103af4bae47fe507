using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using DlqCluster.Hosting;
using DlqCluster.Ordering;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>
/// Ordering lanes in Redis. A lane is a sorted set of its places; all lanes of a partition share a hash slot, and with it two sorted sets of
/// the lanes' names (those that have messages, those that are held up) and a hash of what holds them up. Every change is one script on one
/// partition, so one round trip and atomic.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="partitions">How many partitions there are.</param>
public sealed class RedisOrderingStore(RedisConnection connection, IOptions<PartitionOptions> partitions) : IOrderingStore
{
    private const string LanesKey = ":ordering:lanes";
    private const string BlockedKey = ":ordering:blocked";
    private const string BlocksKey = ":ordering:blocks";
    private const int SequenceBytes = sizeof(long);
    private const char EndOfTarget = '\0';

    private static readonly RedisValue[] _none = [];
    private static readonly Comparer<byte[]> _byBytes = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    private readonly string _prefix = connection.Options.KeyPrefix;

    /// <inheritdoc/>
    public async Task<StoredLane> ReadAsync(LaneName lane)
    {
        var answer = await RowsAsync(OrderingScripts.Read, lane, Member(lane)).ConfigureAwait(false);
        var entries = ((RedisResult[])answer[0]!).Select(static place => ReadPlace((byte[])place!)).ToArray();
        return new StoredLane(entries, answer[1].IsNull ? null : ReadBlock((byte[])answer[1]!));
    }

    /// <inheritdoc/>
    public async Task<bool> ChangeAsync(LaneName lane, LaneChange change)
    {
        RedisValue[] arguments =
        [
            Member(lane), change.ExpectedLast is { } last ? Sequence(last) : RedisValue.EmptyString, change.Removed.Count,
            .. change.Removed.Select(Place), .. change.Added.Select(Place),
        ];
        return (bool)await connection.EvaluateAsync(OrderingScripts.Change, Keys(lane), arguments).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task BlockAsync(LaneName lane, LaneBlock block)
    {
        var since = Sequence(block.Since.ToUnixTimeMilliseconds());
        return connection.EvaluateAsync(OrderingScripts.Block, Keys(lane), Member(lane), Place(block.Entry), since);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LaneSummary>> ListAsync(LaneQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        var pages = await Task.WhenAll(Enumerable.Range(0, partitions.Value.Count).Select(partition => PageAsync(partition, query)))
            .ConfigureAwait(false);
        var lanes = pages.SelectMany(static page => page).OrderBy(static name => name, _byBytes).Take(query.Limit).Select(ReadName);
        var summaries = await Task.WhenAll(lanes.Select(SummaryAsync)).ConfigureAwait(false);
        // One may have been emptied since its name was read.
        return [.. summaries.OfType<LaneSummary>()];
    }

    /// <inheritdoc/>
    public async Task<LaneTotals> CountAsync()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, partitions.Value.Count).Select(CountAsync)).ConfigureAwait(false);
        return new LaneTotals(counts.Sum(static count => count.Lanes), counts.Sum(static count => count.Blocked));
    }

    private async Task<LaneTotals> CountAsync(int partition)
    {
        var tag = Tag(partition);
        var answer = (RedisResult[])(await connection.EvaluateAsync(OrderingScripts.Count, [tag + LanesKey, tag + BlockedKey], _none)
            .ConfigureAwait(false))!;
        return new LaneTotals((long)answer[0], (long)answer[1]);
    }

    private async Task<IEnumerable<byte[]>> PageAsync(int partition, LaneQuery query)
    {
        byte[] prefix = query.Target is { } target ? Bytes("", target + EndOfTarget) : [];
        byte[] from = query.After is { } after ? Bytes("(", Name(after)) : query.Target is null ? Bytes("-", "") : [(byte)'[', .. prefix];
        var key = Tag(partition) + (query.BlockedOnly ? BlockedKey : LanesKey);
        var names = (RedisResult[])(await connection.EvaluateAsync(OrderingScripts.List, [key], from, query.Limit).ConfigureAwait(false))!;
        return names.Select(static name => (byte[])name!).TakeWhile(name => name.AsSpan().StartsWith(prefix));
    }

    private async Task<LaneSummary?> SummaryAsync(LaneName lane)
    {
        var answer = await RowsAsync(OrderingScripts.Summary, lane, Member(lane)).ConfigureAwait(false);
        if ((long)answer[0] == 0) return null;
        return new LaneSummary(
            lane, (long)answer[0], ReadPlace((byte[])answer[1]!), answer[2].IsNull ? null : ReadBlock((byte[])answer[2]!).Since);
    }

    private async Task<RedisResult[]> RowsAsync(string script, LaneName lane, params RedisValue[] arguments) =>
        (RedisResult[])(await connection.EvaluateAsync(script, Keys(lane), arguments).ConfigureAwait(false))!;

    // The lane, the names of all lanes and of those held up, and what holds them up. What stands in braces decides their hash slot.
    private RedisKey[] Keys(LaneName lane)
    {
        var tag = Tag(lane.Partition(partitions.Value.Count));
        return [$"{tag}:ordering:lane:{lane}", tag + LanesKey, tag + BlockedKey, tag + BlocksKey];
    }

    private string Tag(int partition) => string.Create(CultureInfo.InvariantCulture, $"{{{_prefix}:{partition}}}");

    private static string Name(LaneName lane) => $"{lane.Target}{EndOfTarget}{lane.OrderingKey}";

    private static RedisValue Member(LaneName lane) => Bytes("", Name(lane));

    private static byte[] Bytes(string mark, string text) => Encoding.UTF8.GetBytes(mark + text);

    private static LaneName ReadName(byte[] member)
    {
        var end = Array.IndexOf(member, (byte)EndOfTarget);
        return new LaneName(Encoding.UTF8.GetString(member, 0, end), Encoding.UTF8.GetString(member, end + 1, member.Length - end - 1));
    }

    private static byte[] Sequence(long sequence)
    {
        var bytes = new byte[SequenceBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return bytes;
    }

    private static RedisValue Place(LaneEntry entry) => (byte[])[.. Sequence(entry.Sequence), .. LedgerPlace.Id(entry.MessageId)];

    private static LaneEntry ReadPlace(ReadOnlySpan<byte> place) =>
        new(BinaryPrimitives.ReadInt64BigEndian(place), LedgerPlace.ReadId(place[SequenceBytes..]));

    // The place, and behind it since when in milliseconds.
    private static LaneBlock ReadBlock(ReadOnlySpan<byte> block) => new(
        ReadPlace(block[..^SequenceBytes]), DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(block[^SequenceBytes..])));
}
