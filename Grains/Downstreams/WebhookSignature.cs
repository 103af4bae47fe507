using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DlqCluster.Downstreams;

/// <summary>
/// Signs messages as the Standard Webhooks specification (standardwebhooks.com, symmetric scheme v1) says: HMAC-SHA256 over
/// <c>id.timestamp.payload</c>, in base64.
/// </summary>
internal static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";
    private const int ShortestSecret = 24;
    private const int LongestSecret = 64;

    /// <summary>Reads a secret: <c>whsec_</c> and base64 of 24 to 64 bytes.</summary>
    public static bool TryParse(string secret, out byte[] key)
    {
        key = [];
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal)) return false;
        var text = secret.AsSpan(SecretPrefix.Length);
        var buffer = new byte[text.Length];
        if (!Convert.TryFromBase64Chars(text, buffer, out var length) || length is < ShortestSecret or > LongestSecret) return false;
        key = buffer[..length];
        return true;
    }

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret, so that secrets can rotate.</summary>
    public static string Sign(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> payload)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        var content = new byte[head.Length + payload.Length];
        head.CopyTo(content, 0);
        payload.CopyTo(content.AsSpan(head.Length));
        var signatures = new List<string>(2);
        foreach (var secret in secrets)
            if (TryParse(secret, out var key)) signatures.Add("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content)));
        return string.Join(' ', signatures);
    }
}
