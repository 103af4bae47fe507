using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using DlqCluster.Api.Json;
using DlqCluster.Downstreams;

namespace DlqCluster.Api.Apis;

/// <summary>
/// Shows downstreams without their secrets. A mask says which secret it hides, so that operators can tell two apart, and a definition that
/// was read, edited and sent back keeps the secrets that its masks stand for.
/// </summary>
internal static class DownstreamMask
{
    private const string Mask = "***";
    private const int MaskBytes = 4;

    private static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdef");

    private static readonly string[] _sensitive = ["authorization", "auth", "token", "secret", "key", "cookie", "password", "signature", "credential"];

    /// <summary>A downstream as it may be shown.</summary>
    /// <param name="catalog">The catalogue that it is in.</param>
    /// <param name="entry">The downstream.</param>
    public static DownstreamAnswer Show(DownstreamCatalog catalog, DownstreamEntry entry)
    {
        var definition = entry.Definition;
        return new DownstreamAnswer(
            definition.Name,
            definition.Kind,
            definition.Url,
            definition.Method,
            definition.Headers.ToDictionary(header => header.Key, header => IsSensitive(header.Key) ? Hide(header.Value) : header.Value, StringComparer.Ordinal),
            definition.TimeoutMs,
            definition.MaxConcurrency,
            definition.RatePerSecond,
            [.. definition.SigningSecrets.Select(Hide)],
            definition.Retry,
            definition.Breaker,
            definition.OnDeadLetter,
            definition.OffPeak,
            definition.ClientCertificate is { } certificate ? Hide(certificate) : null,
            catalog.IsPaused(definition.Name),
            entry.IsLocked,
            entry.FromConfiguration);
    }

    /// <summary>Puts secrets in the place of their masks.</summary>
    /// <param name="sent">The definition as it was sent.</param>
    /// <param name="known">The definition in force.</param>
    public static Downstream Restore(Downstream sent, Downstream? known)
    {
        if (known is null) return sent;
        return sent with
        {
            SigningSecrets = [.. sent.SigningSecrets.Select(secret => known.SigningSecrets.FirstOrDefault(original => Hide(original) == secret) ?? secret)],
            ClientCertificate = known.ClientCertificate is { } certificate && sent.ClientCertificate == Hide(certificate) ? certificate : sent.ClientCertificate,
            Headers = sent.Headers.ToDictionary(header => header.Key, header => Unhide(header, known), StringComparer.Ordinal),
        };
    }

    /// <summary>Whether something is the mask of a secret, which is no secret.</summary>
    /// <param name="value">What was sent.</param>
    public static bool IsMask(string value) =>
        value.Length == Mask.Length + (2 * MaskBytes) && value.StartsWith(Mask, StringComparison.Ordinal) && value.AsSpan(Mask.Length).IndexOfAnyExcept(_hex) < 0;

    private static string Unhide(KeyValuePair<string, string> header, Downstream known) =>
        IsSensitive(header.Key) && known.Headers.TryGetValue(header.Key, out var original) && Hide(original) == header.Value ? original : header.Value;

    private static bool IsSensitive(string header) => _sensitive.Any(word => header.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Hide(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), hash);
        return Mask + Convert.ToHexStringLower(hash[..MaskBytes]);
    }
}
