using System.Buffers.Binary;
using System.Text;
using DlqCluster.Ledger;
using DlqCluster.Messages;

namespace DlqCluster.Cluster.Redis;

/// <summary>
/// Where an entry stands in its partition's index, as bytes whose order is the order of claims: the lane, a zero byte, the due time in
/// 8 bytes (Unix milliseconds, sign flipped so that they sort). With the message's id, in 16 bytes, behind it, it is the index's member.
/// </summary>
internal static class LedgerPlace
{
    private const int DueBytes = sizeof(long);
    private const int IdBytes = 16;
    private const char EndOfLane = '\0';

    /// <summary>The place of a lane and due time.</summary>
    /// <exception cref="ArgumentException">The lane has a zero character.</exception>
    public static byte[] Of(string lane, long dueMs) => Of(lane, dueMs, mark: "");

    /// <summary>The bound below which everything in the lane is due before this, as ZRANGEBYLEX takes bounds.</summary>
    public static byte[] Before(string lane, long dueMs) => Of(lane, dueMs, mark: "(");

    /// <summary>The bound from which on everything in the lane is due at or after this.</summary>
    public static byte[] From(string lane, long dueMs) => Of(lane, dueMs, mark: "[");

    /// <summary>A message's id as it stands in keys and members.</summary>
    /// <exception cref="ArgumentException">The id is not a UUID.</exception>
    public static byte[] Id(MessageId messageId)
    {
        if (!Guid.TryParseExact(messageId.Value, "D", out var uuid))
            throw new ArgumentException($"'{messageId.Value}' is not a message id: a UUID is needed.", nameof(messageId));
        return uuid.ToByteArray(bigEndian: true);
    }

    /// <summary>Reads an id.</summary>
    public static MessageId ReadId(ReadOnlySpan<byte> id) => new(new Guid(id, bigEndian: true).ToString("D"));

    /// <summary>Reads the lane and due time of a member that is its lane's first.</summary>
    public static LaneHead ReadHead(ReadOnlySpan<byte> member)
    {
        var place = member[..^IdBytes];
        var dueMs = BinaryPrimitives.ReadInt64BigEndian(place[^DueBytes..]) ^ long.MinValue;
        return new LaneHead(Encoding.UTF8.GetString(place[..^(DueBytes + 1)]), DateTimeOffset.FromUnixTimeMilliseconds(dueMs));
    }

    private static byte[] Of(string lane, long dueMs, string mark)
    {
        // The zero byte ends a lane's name, so that no lane's entries lie among those of a longer name.
        if (lane.Contains(EndOfLane, StringComparison.Ordinal))
            throw new ArgumentException("A lane's name has no zero character.", nameof(lane));
        var length = mark.Length + Encoding.UTF8.GetByteCount(lane) + 1;
        var place = new byte[length + DueBytes];
        Encoding.UTF8.GetBytes(mark + lane, place);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(length), dueMs ^ long.MinValue);
        return place;
    }
}
