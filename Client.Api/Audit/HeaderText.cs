namespace DlqCluster.Api.Audit;

/// <summary>
/// Text that people write, in a header: as it is, in UTF-8; or as an extended value of RFC 8187, such as <c>UTF-8''Zo%C3%AB</c>, for clients like
/// browsers that put nothing beyond Latin-1 into a header.
/// </summary>
internal static class HeaderText
{
    /// <summary>How to send it, as the API document tells it.</summary>
    public const string Encodings = "Beyond ASCII: UTF-8, or an extended value of RFC 8187 (UTF-8''Zo%C3%AB).";

    private const string Charset = "UTF-8'";

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The name of the header.</param>
    /// <returns>The text; empty when there is none. What only looks like an extended value is text as it is.</returns>
    public static string Of(HttpRequest request, string name) => Decode(request.Headers[name].ToString());

    private static string Decode(string value)
    {
        if (!value.StartsWith(Charset, StringComparison.OrdinalIgnoreCase)) return value;
        // Between the two quotes may be a language, which says nothing about who it is.
        var end = value.IndexOf('\'', Charset.Length);
        return end < 0 ? value : Uri.UnescapeDataString(value[(end + 1)..]);
    }
}
