namespace DlqCluster.Cluster.Redis;

/// <summary>
/// The operations on ordering lanes as they run within Redis, each atomic. KEYS[1] is a lane, KEYS[2] the names of the lanes of its
/// partition, KEYS[3] of those that are held up, KEYS[4] what holds them up, by name. ARGV[1] is the lane's name. A place is its sequence in
/// 8 bytes and the message's id in 16.
/// </summary>
internal static class OrderingScripts
{
    /// <summary>All places of the lane, and what holds it up.</summary>
    public const string Read = "return {redis.call('ZRANGE', KEYS[1], 0, -1), redis.call('HGET', KEYS[4], ARGV[1])}";

    /// <summary>
    /// If the lane's last sequence is ARGV[2] (none if empty) gives up ARGV[3] places, which follow, and adds the rest. Returns whether it was.
    /// </summary>
    public const string Change = """
        local last = redis.call('ZRANGE', KEYS[1], -1, -1)[1] or ''
        if string.sub(last, 1, 8) ~= ARGV[2] then return 0 end
        local removed = tonumber(ARGV[3])
        local block = redis.call('HGET', KEYS[4], ARGV[1])
        for i = 4, #ARGV do
          if i < 4 + removed then
            redis.call('ZREM', KEYS[1], ARGV[i])
            if block and string.sub(block, 1, 24) == ARGV[i] then
              redis.call('HDEL', KEYS[4], ARGV[1])
              redis.call('ZREM', KEYS[3], ARGV[1])
            end
          else
            redis.call('ZADD', KEYS[1], 0, ARGV[i])
          end
        end
        if redis.call('EXISTS', KEYS[1]) == 1 then
          redis.call('ZADD', KEYS[2], 0, ARGV[1])
        else
          redis.call('ZREM', KEYS[2], ARGV[1])
        end
        return 1
        """;

    /// <summary>Notes that place ARGV[2] holds the lane up since ARGV[3], if it is in the lane.</summary>
    public const string Block = """
        if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end
        redis.call('HSET', KEYS[4], ARGV[1], ARGV[2] .. ARGV[3])
        redis.call('ZADD', KEYS[3], 0, ARGV[1])
        return 1
        """;

    /// <summary>How many places the lane has, the first, and what holds it up.</summary>
    public const string Summary = """
        return {redis.call('ZCARD', KEYS[1]), redis.call('ZRANGE', KEYS[1], 0, 0)[1] or false, redis.call('HGET', KEYS[4], ARGV[1])}
        """;

    /// <summary>Up to ARGV[2] names from the bound ARGV[1] on. KEYS[1] is the set of names.</summary>
    public const string List = "return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])";

    /// <summary>How many names there are in KEYS[1] and in KEYS[2].</summary>
    public const string Count = "return {redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2])}";
}
