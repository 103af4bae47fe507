using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DlqCluster.Api.Security;

/// <summary>
/// An API key as people see it: <c>dlq_{id}_{secret}</c>. The prefix tells what it is to whoever finds it in a file or a log; the id finds it;
/// the secret has 256 random bits.
/// </summary>
internal static class ApiKeyText
{
    private const string Prefix = "dlq_";
    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int IdLength = IdBytes * 2;
    private const int SecretLength = 43;
    private const int Length = 4 + IdLength + 1 + SecretLength;

    /// <summary>Makes one.</summary>
    /// <returns>Its id, and it itself.</returns>
    public static (string Id, string Key) Make()
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        return (id, $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}");
    }

    /// <summary>Reads the id.</summary>
    /// <param name="text">What may be a key.</param>
    /// <param name="id">The id.</param>
    /// <returns>Whether it looks like a key.</returns>
    public static bool TryReadId(string text, out string id)
    {
        id = "";
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_') return false;
        id = text.Substring(Prefix.Length, IdLength);
        return true;
    }

    /// <summary>What recognises a key: its SHA-256, in base64.</summary>
    /// <param name="key">The key.</param>
    public static string HashOf(string key) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
