using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DlqCluster.Messages;

/// <summary>
/// Identifies one message for as long as anything remembers it: a UUID in its lower-case 8-4-4-4-12 form, time-ordered (version 7) or,
/// where the client sent an idempotency key, derived from that key (version 8), so that repeats of a submit meet at the same grain.
/// </summary>
/// <param name="Value">The UUID's text. Make ids with <see cref="CreateVersion7"/>, <see cref="Derive"/> or <see cref="TryParse"/>.</param>
[GenerateSerializer, Immutable, Alias("dlq.MessageId")]
[JsonConverter(typeof(MessageIdJsonConverter))]
public readonly record struct MessageId([property: Id(0)] string Value)
{
    private const string FormText = "D";

    /// <summary>Makes a version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then randomness.</summary>
    /// <param name="now">The time to encode.</param>
    /// <param name="random">At least 10 random bytes; the first 10 are used.</param>
    /// <exception cref="ArgumentException">Fewer than 10 random bytes were given.</exception>
    public static MessageId CreateVersion7(DateTimeOffset now, ReadOnlySpan<byte> random)
    {
        if (random.Length < 10) throw new ArgumentException("Ten random bytes are needed.", nameof(random));
        Span<byte> bytes = stackalloc byte[16];
        var milliseconds = now.ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++) bytes[i] = (byte)(milliseconds >> (40 - (8 * i)));
        random[..10].CopyTo(bytes[6..]);
        return FromBytes(bytes, version: 7);
    }

    /// <summary>
    /// Derives the id of a message that was submitted with an idempotency key. The same source and key give the same id, on any machine.
    /// The UUID is of version 8 (RFC 9562, section 5.8) over SHA-256.
    /// </summary>
    /// <param name="source">The scope of the key; null and empty mean the same, unnamed, scope.</param>
    /// <param name="key">The client's key.</param>
    public static MessageId Derive(string? source, string key)
    {
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        var scope = source ?? string.Empty;
        var text = Encoding.UTF8.GetBytes($"{scope.Length}:{scope}{key}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return FromBytes(hash[..16], version: 8);
    }

    /// <summary>Reads an id in any of the usual UUID forms.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The id, in its canonical form.</param>
    /// <returns>False when the text is not a UUID.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        var parsed = Guid.TryParse(text, out var value);
        id = parsed ? new MessageId(value.ToString(FormText)) : default;
        return parsed;
    }

    /// <summary>The partition that keeps this message's ledger entry and, should it come to that, its letter.</summary>
    /// <param name="partitions">How many partitions there are, at least 1.</param>
    /// <returns>0 to <paramref name="partitions"/> − 1, the same on every machine and in every version (32-bit FNV-1a).</returns>
    public int Partition(int partitions)
    {
        var hash = 2166136261u;
        foreach (var c in Value) hash = (hash ^ c) * 16777619u;
        return (int)(hash % (uint)partitions);
    }

    /// <summary>The id's text.</summary>
    public override string ToString() => Value;

    private static MessageId FromBytes(Span<byte> bytes, int version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | (version << 4));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new MessageId(new Guid(bytes, bigEndian: true).ToString(FormText));
    }
}

/// <summary>Writes a <see cref="MessageId"/> as its text.</summary>
public sealed class MessageIdJsonConverter : JsonConverter<MessageId>
{
    /// <inheritdoc/>
    public override MessageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MessageId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("A message id is a UUID.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MessageId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
