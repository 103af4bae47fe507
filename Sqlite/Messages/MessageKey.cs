using System.Buffers.Binary;
using System.Buffers.Text;
using DlqCluster.Messages;

namespace DlqCluster.Sqlite.Messages;

/// <summary>A message's id as a number: the 16 bytes of the UUID, which sort like its text.</summary>
/// <param name="Value">The number.</param>
internal readonly record struct MessageKey(UInt128 Value) : IComparable<MessageKey>
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 16;

    /// <summary>What the state of a message's grain is called.</summary>
    public const string StateName = "message";

    // What the grain of a message is called.
    private static ReadOnlySpan<byte> GrainName => "message"u8;

    /// <summary>The key of an id.</summary>
    /// <exception cref="ArgumentException">The id is not a UUID.</exception>
    public static MessageKey Of(MessageId id) => Guid.TryParseExact(id.Value, "D", out var uuid)
        ? Of(uuid)
        : throw new ArgumentException($"'{id.Value}' is not a message id.", nameof(id));

    /// <summary>The key of the message that a grain's state belongs to.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="stateName">The name of its state.</param>
    /// <param name="key">The key.</param>
    /// <returns>False when it is the state of something else.</returns>
    public static bool TryParse(GrainId grain, string stateName, out MessageKey key)
    {
        key = default;
        var text = grain.Key.AsSpan();
        if (stateName != StateName || !grain.Type.AsSpan().SequenceEqual(GrainName)) return false;
        if (!Utf8Parser.TryParse(text, out Guid uuid, out var length, 'D') || length != text.Length) return false;
        key = Of(uuid);
        return true;
    }

    /// <summary>Reads a key from a column's bytes.</summary>
    public static MessageKey Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Writes the bytes.</summary>
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);

    /// <summary>The id.</summary>
    public MessageId ToId()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return new MessageId(new Guid(bytes, bigEndian: true).ToString("D"));
    }

    /// <inheritdoc/>
    public int CompareTo(MessageKey other) => Value.CompareTo(other.Value);

    private static MessageKey Of(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Read(bytes);
    }
}
