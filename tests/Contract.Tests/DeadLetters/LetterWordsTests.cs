using DlqCluster.DeadLetters;

namespace DlqCluster.Contract.Tests.DeadLetters;

public sealed class LetterWordsTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData(" .,;-_ ", "")]
    [InlineData("Gateway Timeout (504)", "gateway|timeout|504")]
    [InlineData("TIMEOUT_ERROR", "timeout|error")]
    [InlineData("a.b@c.de", "a|b|c|de")]
    [InlineData("GROSS ÄRGER straße", "gross|ärger|straße")]
    [InlineData("заказ № 5", "заказ|5")]
    [InlineData("हिन्दी में", "हिन्दी|में")]
    [InlineData("💳card", "card")]
    public void Words_are_runs_of_letters_and_digits_in_lower_case(string? text, string words) =>
        Assert.Equal(words.Split('|', StringSplitOptions.RemoveEmptyEntries), LetterWords.Split(text));

    [Fact]
    public void Long_words_are_known_by_their_beginning()
    {
        var word = new string('x', LetterWords.MaxWordLength);
        Assert.Equal([word, "y"], LetterWords.Split(word + "zzz y"));
        Assert.True(LetterWords.Match(new HashSet<string> { word }, word + "something else"[..9]));
    }

    [Fact]
    public void A_search_without_words_asks_for_nothing() => Assert.True(LetterWords.Match(new HashSet<string>(), "?!"));
}
