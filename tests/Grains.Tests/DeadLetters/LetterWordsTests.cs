using System.Text;
using System.Text.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>The names and cursors of letters, and the words that they are found by.</summary>
[Trait("Spec", "DQ3")]
public sealed class LetterWordsTests
{
    public static TheoryData<string> Tricky => Samples.TrickyPayloads();

    [Theory]
    [MemberData(nameof(Tricky))]
    public void Every_payload_that_can_be_accepted_can_be_dead_lettered(string payload) => Assert.NotNull(LetterWords.Of(Letter(payload)));

    [Theory]
    [InlineData(65)]
    [InlineData(999)]
    public void So_can_one_that_is_nested_as_deeply_as_configuration_allows(int levels)
    {
        var payload = new Payload(Encoding.UTF8.GetBytes(Samples.Nested(levels)));
        Assert.NotNull(LetterWords.Of(Pending() with { OriginalMessage = Samples.Envelope() with { Payload = payload } }));
    }

    [Fact]
    public void A_letter_is_found_by_its_error_its_type_and_the_names_and_values_of_its_payload()
    {
        var letter = Letter("""{"Order":{"number":4711,"city":"Köln-Süd","ok":true}}""") with { ErrorReason = "Connection REFUSED", ErrorStack = "at Foo.Bar()" };
        Assert.Equal(
            ["4711", "at", "bar", "city", "connection", "error", "foo", "köln", "number", "ok", "order", "refused", "server", "süd"],
            LetterWords.Of(letter).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData("refused", true)]
    [InlineData("REFUSED connection", true)]
    [InlineData("refus", true)]
    [InlineData("connection refus", true)]
    [InlineData("refus connection", false)]
    [InlineData("refused reset", false)]
    [InlineData("\"connection\" OR x", false)]
    public void All_words_must_be_there_and_the_last_may_be_a_beginning(string search, bool found) =>
        Assert.Equal(found, LetterWords.Match(new HashSet<string> { "connection", "refused", "or" }, search));

    [Theory]
    [InlineData(LetterStatus.Pending, "dlq_pending")]
    [InlineData(LetterStatus.Processing, "dlq_processing")]
    [InlineData(LetterStatus.Resolved, "dlq_resolved")]
    [InlineData(LetterStatus.Failed, "dlq_failed")]
    [InlineData(LetterStatus.Manual, "dlq_manual")]
    public void A_status_has_one_name_everywhere(LetterStatus status, string name)
    {
        Assert.Equal(name, LetterStatuses.Name(status));
        Assert.Equal($"\"{name}\"", JsonSerializer.Serialize(status));
        Assert.True(LetterStatuses.TryParse(name, out var parsed));
        Assert.Equal(status, parsed);
        Assert.False(LetterStatuses.TryParse(name + "x", out _));
    }

    [Fact]
    public void A_cursor_comes_back_as_it_was_for_every_sort_and_direction()
    {
        var letter = Letter("1") with { Metadata = new LetterMetadata { Target = "a/b", Source = "ß/ /" } };
        foreach (var sort in Enum.GetValues<LetterSort>())
        {
            foreach (var descending in new[] { true, false })
            {
                var cursor = LetterCursor.Of(letter, sort, descending);
                Assert.Equal(cursor, LetterCursor.Of(new LetterQuery { Sort = sort, Descending = descending, Cursor = cursor.Encode() }));
                Assert.Throws<ArgumentException>(() => LetterCursor.Of(new LetterQuery { Sort = sort, Descending = !descending, Cursor = cursor.Encode() }));
                var otherSort = (LetterSort)(((int)sort + 1) % 8);
                Assert.Throws<ArgumentException>(() => LetterCursor.Of(new LetterQuery { Sort = otherSort, Descending = descending, Cursor = cursor.Encode() }));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("AAAA")]
    [InlineData("Q3JlYXRlZEF0L2QvLzE")]
    public void What_is_no_cursor_of_ours_is_refused(string cursor) =>
        Assert.Throws<ArgumentException>(() => LetterCursor.Of(new LetterQuery { Cursor = cursor }));

    private static Letter Letter(string payload) => Pending() with { OriginalMessage = Samples.Envelope(payload) };

    private static Letter Pending() => new() { MessageId = Samples.Id(1), ErrorType = ErrorType.Server, ErrorReason = "" };
}
