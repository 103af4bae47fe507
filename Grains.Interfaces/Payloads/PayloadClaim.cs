using System.Globalization;
using System.Security.Cryptography;
using DlqCluster.Messages;

namespace DlqCluster.Payloads;

/// <summary>What a message carries instead of a payload that is kept in the payload store: where it is, and how to know that it is whole.</summary>
/// <param name="Key">Its key: the message's id, the generation and the beginning of the checksum, so that no two payloads share one.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Checksum">SHA-256 of its bytes, 64 hex digits.</param>
[GenerateSerializer, Immutable, Alias("dlq.PayloadClaim")]
public sealed record PayloadClaim([property: Id(0)] string Key, [property: Id(1)] int Length, [property: Id(2)] string Checksum)
{
    private const char Separator = '.';
    private const int ChecksumInKey = 16;

    /// <summary>The claim of a payload.</summary>
    /// <param name="messageId">Its message.</param>
    /// <param name="generation">0 for the message itself, n for its nth replay.</param>
    /// <param name="content">The payload's bytes.</param>
    public static PayloadClaim Of(MessageId messageId, int generation, ReadOnlySpan<byte> content)
    {
        var checksum = Hash(content);
        var key = string.Create(CultureInfo.InvariantCulture, $"{messageId}{Separator}{generation}{Separator}{checksum.AsSpan(0, ChecksumInKey)}");
        return new PayloadClaim(key, content.Length, checksum);
    }

    /// <summary>The message that a key belongs to.</summary>
    /// <param name="key">A key, as stores list them.</param>
    /// <param name="messageId">The message.</param>
    /// <returns>False when it is no key of ours.</returns>
    public static bool TryGetMessage(string key, out MessageId messageId)
    {
        var end = key.IndexOf(Separator, StringComparison.Ordinal);
        messageId = default;
        return end > 0 && MessageId.TryParse(key[..end], out messageId);
    }

    /// <summary>Whether these are the bytes that were stored.</summary>
    /// <param name="content">The bytes.</param>
    public bool Matches(ReadOnlySpan<byte> content) => content.Length == Length && Hash(content) == Checksum;

    private static string Hash(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return Convert.ToHexStringLower(hash);
    }
}
