using System.Buffers.Binary;
using DlqCluster.Messages;

namespace DlqCluster.Sqlite.Messages;

/// <summary>A message's id as a number: the 16 bytes of the UUID, which sort like its text.</summary>
/// <param name="Value">The number.</param>
internal readonly record struct MessageKey(UInt128 Value) : IComparable<MessageKey>
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 16;

    // What the grain of a message is called, and its state.
    private const string GrainPrefix = "message/";
    private const string StateName = "message";

    /// <summary>The key of an id.</summary>
    /// <exception cref="ArgumentException">The id is not a UUID.</exception>
    public static MessageKey Of(MessageId id) =>
        TryParse(id.Value, out var key) ? key : throw new ArgumentException($"'{id.Value}' is not a message id.", nameof(id));

    /// <summary>The key of the message that a grain's state belongs to.</summary>
    /// <param name="grain">The grain, as text.</param>
    /// <param name="stateName">The name of its state.</param>
    /// <param name="key">The key.</param>
    /// <returns>False when it is the state of something else.</returns>
    public static bool TryParse(string grain, string stateName, out MessageKey key)
    {
        key = default;
        return stateName == StateName && grain.StartsWith(GrainPrefix, StringComparison.Ordinal) && TryParse(grain.AsSpan(GrainPrefix.Length), out key);
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

    private static bool TryParse(ReadOnlySpan<char> text, out MessageKey key)
    {
        key = default;
        if (!Guid.TryParseExact(text, "D", out var uuid)) return false;
        Span<byte> bytes = stackalloc byte[Bytes];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        key = Read(bytes);
        return true;
    }
}
