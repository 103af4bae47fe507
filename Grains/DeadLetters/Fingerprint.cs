using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>
/// Gives failures of the same kind the same name: the error type, the downstream, and the error without what differs from one message to
/// the next, such as ids, addresses, times and numbers.
/// </summary>
internal static partial class Fingerprint
{
    private const int BytesKept = 8;

    public static string Of(ErrorType type, string target, string error)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{ErrorTypes.Name(type)}\n{target}\n{Normalize(error)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, BytesKept));
    }

    /// <summary>The error without its variable parts.</summary>
    public static string Normalize(string error)
    {
        error = Url().Replace(error, "<url>");
        error = Uuid().Replace(error, "<id>");
        error = Address().Replace(error, "<address>");
        error = Hex().Replace(error, "<id>");
        error = Number().Replace(error, "<n>");
        return Space().Replace(error, " ").Trim().ToLowerInvariant();
    }

    [GeneratedRegex(@"\bhttps?://[^\s""'<>]+", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex(@"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b", RegexOptions.IgnoreCase)]
    private static partial Regex Uuid();

    // A name is tried once, from its beginning, and not given back: texts come from others, and some would take hours.
    [GeneratedRegex(@"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\[[0-9a-f:.]+\](?::\d+)?|(?<![\w-])(?<![\w-]\.)(?>[\w-]+(?:\.[\w-]+)+|localhost):\d{2,5}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    [GeneratedRegex(@"\b(?:0x[0-9a-f]+|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Hex();

    [GeneratedRegex(@"\d+(?:[.,:]\d+)*")]
    private static partial Regex Number();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
