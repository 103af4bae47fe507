using System.Text;
using System.Text.Json;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>
/// What a word is when letters are searched, the same in every store: a run of letters and digits of any script, in lower case, of which
/// the first <see cref="MaxWordLength"/> characters count. Everything else parts words, so nothing that a person types can be query syntax.
/// </summary>
public static class LetterWords
{
    /// <summary>Characters of a word that count.</summary>
    public const int MaxWordLength = 64;

    /// <summary>Different words of a letter that can be found; those of the error come first.</summary>
    public const int MaxWordsPerLetter = 10_000;

    /// <summary>
    /// The words that a letter is found by: of its correlation id, of its error's reason, type and stack, and of the original payload's names
    /// and values.
    /// </summary>
    /// <param name="letter">The letter.</param>
    /// <returns>Each word once.</returns>
    public static IReadOnlySet<string> Of(Letter letter)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        Add(words, letter.Metadata.CorrelationId);
        Add(words, letter.ErrorReason);
        Add(words, ErrorTypes.Name(letter.ErrorType));
        Add(words, letter.ErrorStack);
        if (!letter.OriginalMessage.Payload.IsEmpty) AddJson(words, letter.OriginalMessage.Payload.Utf8);
        return words;
    }

    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">The text; null has none.</param>
    public static IEnumerable<string> Split(string? text)
    {
        var word = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (IsPartOfWord(rune))
            {
                if (word.Length < MaxWordLength) word.Append(Rune.ToLowerInvariant(rune));
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0) yield return word.ToString();
    }

    /// <summary>Whether a letter with these words answers a search.</summary>
    /// <param name="words">The letter's words.</param>
    /// <param name="search">
    /// What is searched for: all of its words must be there; the last may be the beginning of one. No words, no condition.
    /// </param>
    public static bool Match(IReadOnlySet<string> words, string search)
    {
        var wanted = Split(search).ToList();
        if (wanted.Count == 0) return true;
        return wanted[..^1].TrueForAll(words.Contains) && words.Any(word => word.StartsWith(wanted[^1], StringComparison.Ordinal));
    }

    // Marks belong to the letter before them, as in Hindi.
    private static bool IsPartOfWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark
            or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private static void Add(HashSet<string> words, string? text)
    {
        foreach (var word in Split(text))
        {
            if (words.Count >= MaxWordsPerLetter) return;
            words.Add(word);
        }
    }

    private static void AddJson(HashSet<string> words, byte[] utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Payload.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) Add(words, Text(ref reader));
            else if (reader.TokenType is JsonTokenType.Number) Add(words, Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // JSON can escape half of a character, which is no text. It is searched for as it stands.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
