namespace DlqCluster.Api.Ingest;

/// <summary>Checks on text that clients send.</summary>
internal static class Texts
{
    /// <summary>Whether there is a control character (Unicode category Cc) in a text.</summary>
    /// <param name="text">The text.</param>
    public static bool HasControlCharacters(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\u0000', '\u001f') || text.ContainsAnyInRange('\u007f', '\u009f');
}
