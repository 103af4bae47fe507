namespace DlqCluster.Cluster.Redis;

/// <summary>
/// The ledger's operations as they run within Redis, each atomic. KEYS[1] is a partition's index, KEYS[2] the places of its messages by
/// id. No script touches a key that it was not given, which Redis Cluster and its like ask for. None moves more than a batch, since nothing
/// else runs in Redis meanwhile.
/// </summary>
internal static class LedgerScripts
{
    /// <summary>Puts message ARGV[1] at place ARGV[2], wherever it was before.</summary>
    public const string Put = """
        local old = redis.call('HGET', KEYS[2], ARGV[1])
        if old == ARGV[2] then return 0 end
        if old then redis.call('ZREM', KEYS[1], old .. ARGV[1]) end
        redis.call('ZADD', KEYS[1], 0, ARGV[2] .. ARGV[1])
        redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
        return 1
        """;

    /// <summary>Removes message ARGV[1].</summary>
    public const string Remove = """
        local old = redis.call('HGET', KEYS[2], ARGV[1])
        if not old then return 0 end
        redis.call('ZREM', KEYS[1], old .. ARGV[1])
        redis.call('HDEL', KEYS[2], ARGV[1])
        return 1
        """;

    /// <summary>Moves up to ARGV[3] entries between the bounds ARGV[1] and ARGV[2] to place ARGV[4]; returns their ids in order.</summary>
    public const string Claim = """
        local members = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
        if #members == 0 then return members end
        local place = ARGV[4]
        """ + Move + """
        return ids
        """;

    /// <summary>
    /// Moves up to ARGV[5] entries that lie between the bounds ARGV[1] and ARGV[2], or between ARGV[3] and ARGV[4], to place ARGV[6].
    /// Returns how many entries lie between ARGV[1] and ARGV[4], and how many were moved.
    /// </summary>
    public const string Release = """
        local all = redis.call('ZLEXCOUNT', KEYS[1], ARGV[1], ARGV[4])
        local members = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[5])
        for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], ARGV[3], ARGV[4], 'LIMIT', 0, ARGV[5] - #members)) do
          members[#members + 1] = member
        end
        if #members == 0 then return {all, 0} end
        local place = ARGV[6]
        """ + Move + """
        return {all, #members}
        """;

    /// <summary>The first member of each lane: from one lane it leaps to the next, past all entries between.</summary>
    public const string Peek = """
        local heads = {}
        local from = '-'
        while true do
          local head = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, 1)[1]
          if not head then return heads end
          heads[#heads + 1] = head
          from = '[' .. string.sub(head, 1, -26) .. '\1'
        end
        """;

    /// <summary>The first member of each lane, and behind each how many members the lane has.</summary>
    public const string Count = """
        local lanes = {}
        local from = '-'
        while true do
          local head = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, 1)[1]
          if not head then return lanes end
          local lane = string.sub(head, 1, -26)
          lanes[#lanes + 1] = head
          lanes[#lanes + 1] = redis.call('ZLEXCOUNT', KEYS[1], '[' .. lane .. '\0', '(' .. lane .. '\1')
          from = '[' .. lane .. '\1'
        end
        """;

    // Moves members to a place; one command for each of the three steps, however many members there are.
    private const string Move = """

        local ids, added, placed = {}, {}, {}
        for i, member in ipairs(members) do
          local id = string.sub(member, -16)
          ids[i] = id
          added[2 * i - 1] = 0
          added[2 * i] = place .. id
          placed[2 * i - 1] = id
          placed[2 * i] = place
        end
        redis.call('ZREM', KEYS[1], unpack(members))
        redis.call('ZADD', KEYS[1], unpack(added))
        redis.call('HSET', KEYS[2], unpack(placed))

        """;
}
