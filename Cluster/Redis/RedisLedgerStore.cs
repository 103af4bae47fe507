using System.Globalization;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>
/// The ledger in Redis. Each partition is two keys of one hash slot: an index, which is a sorted set in the order of claims (lane, due
/// time, message id), and a hash that tells each message's place in it. Every operation is one script on one partition, so one round trip
/// and atomic. Entries that are due at the same millisecond are ordered by message id.
/// </summary>
/// <param name="connection">The connection.</param>
/// <remarks>
/// One ordered index in place of a sorted set a lane: which lane a message leaves is known only within the script, and a script may only
/// touch keys that its caller named. It also makes a list of lanes needless, which would have to be kept in step: leaping through the index
/// finds them. What it costs in memory is the lane's name in each entry, a few bytes.
/// </remarks>
public sealed class RedisLedgerStore(RedisConnection connection) : ILedgerStore
{
    /// <summary>Entries that one script moves at the most: a few milliseconds, in which Redis does nothing else.</summary>
    internal const int MaxMoves = 1_000;

    private readonly string _prefix = connection.Options.KeyPrefix;

    /// <inheritdoc/>
    public async Task PutAsync(LedgerEntry entry)
    {
        var place = LedgerPlace.Of(entry.Lane, entry.Due.ToUnixTimeMilliseconds());
        await RunAsync(LedgerScripts.Put, entry.Partition, LedgerPlace.Id(entry.MessageId), place).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>At once: to Redis, many small writes cost what one large one does.</remarks>
    public Task PutSoonAsync(LedgerEntry entry) => PutAsync(entry);

    /// <inheritdoc/>
    public async Task RemoveAsync(int partition, MessageId messageId) =>
        await RunAsync(LedgerScripts.Remove, partition, LedgerPlace.Id(messageId)).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <remarks>More than <see cref="MaxMoves"/> are taken in several steps, each atomic.</remarks>
    public async Task<IReadOnlyList<MessageId>> ClaimAsync(
        int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var first = LedgerPlace.From(lane, long.MinValue);
        var end = LedgerPlace.Before(lane, upTo.ToUnixTimeMilliseconds() + 1);
        var claimed = LedgerPlace.Of(LedgerLanes.Active, watchUntil.ToUnixTimeMilliseconds());
        var taken = new List<MessageId>();
        while (taken.Count < limit)
        {
            var batch = Math.Min(limit - taken.Count, MaxMoves);
            var ids = await RowsAsync(LedgerScripts.Claim, partition, first, end, batch, claimed).ConfigureAwait(false);
            foreach (var id in ids) taken.Add(LedgerPlace.ReadId((byte[])id!));
            if (ids.Length < batch) break;
        }

        return taken;
    }

    /// <inheritdoc/>
    /// <remarks>More than <see cref="MaxMoves"/> are moved in several steps, each atomic.</remarks>
    public async Task<int> ReleaseAsync(int partition, DateTimeOffset now, DateTimeOffset? dueAfter = null)
    {
        const string lane = LedgerLanes.Active;
        var nowMs = now.ToUnixTimeMilliseconds();
        var (fromMs, laterMs) = dueAfter is { } after ? (after.ToUnixTimeMilliseconds() + 1, after.ToUnixTimeMilliseconds() + 1) : (long.MinValue, nowMs + 1);
        RedisValue[] arguments =
        [
            LedgerPlace.From(lane, fromMs), LedgerPlace.Before(lane, dueAfter is null ? nowMs : fromMs),
            LedgerPlace.From(lane, laterMs), LedgerPlace.Before(lane, long.MaxValue),
            MaxMoves, LedgerPlace.Of(lane, nowMs),
        ];
        int? released = null;
        while (true)
        {
            var answer = await RowsAsync(LedgerScripts.Release, partition, arguments).ConfigureAwait(false);
            released ??= (int)answer[0];
            if ((int)answer[1] < MaxMoves) return released.Value;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LaneHead>> PeekAsync(int partition)
    {
        var heads = await RowsAsync(LedgerScripts.Peek, partition).ConfigureAwait(false);
        return [.. heads.Select(static head => LedgerPlace.ReadHead((byte[])head!))];
    }

    /// <inheritdoc/>
    /// <remarks>Costs time in proportion to the number of lanes, not of entries.</remarks>
    public async Task<IReadOnlyList<LaneCount>> CountAsync(int partition)
    {
        var answer = await RowsAsync(LedgerScripts.Count, partition).ConfigureAwait(false);
        var counts = new List<LaneCount>(answer.Length / 2);
        for (var i = 0; i < answer.Length; i += 2)
        {
            var head = LedgerPlace.ReadHead((byte[])answer[i]!);
            counts.Add(new LaneCount(head.Lane, (long)answer[i + 1], head.OldestDue));
        }

        return counts;
    }

    private Task<RedisResult> RunAsync(string script, int partition, params RedisValue[] arguments) =>
        connection.EvaluateAsync(script, Keys(partition), arguments);

    private async Task<RedisResult[]> RowsAsync(string script, int partition, params RedisValue[] arguments) =>
        (RedisResult[])(await RunAsync(script, partition, arguments).ConfigureAwait(false))!;

    // The index and the places of a partition. What stands in braces decides their hash slot.
    private RedisKey[] Keys(int partition)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"{{{_prefix}:{partition}}}");
        return [$"{tag}:ledger:index", $"{tag}:ledger:places"];
    }
}
