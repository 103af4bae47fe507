using System.Buffers.Text;
using System.Globalization;
using System.Text;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>
/// Where a page of letters ended: the sort key of its last letter and, since keys have ties, when it was dead-lettered and its id. To clients
/// it is opaque text.
/// </summary>
/// <param name="Sort">What the query sorts by.</param>
/// <param name="Descending">In which direction.</param>
/// <param name="Key">The last letter's sort key; see <see cref="KeyOf"/>.</param>
/// <param name="CreatedMs">When the last letter was dead-lettered, in Unix milliseconds.</param>
/// <param name="MessageId">The last letter.</param>
public sealed record LetterCursor(LetterSort Sort, bool Descending, string Key, long CreatedMs, MessageId MessageId)
{
    private const char Separator = '/';
    private const string DirectionDown = "d";
    private const string DirectionUp = "u";

    /// <summary>Whether a sort goes by numbers, in 64 bits; all others go by text, byte for byte in UTF-8.</summary>
    /// <param name="sort">The sort.</param>
    public static bool IsNumeric(LetterSort sort) =>
        sort is LetterSort.CreatedAt or LetterSort.UpdatedAt or LetterSort.NextRetryAt or LetterSort.DlqRetryCount;

    /// <summary>
    /// What a letter sorts by: times in Unix milliseconds, no time at all as the number that comes last; names as in JSON, no name as
    /// empty.
    /// </summary>
    /// <param name="letter">The letter.</param>
    /// <param name="sort">The sort.</param>
    /// <param name="descending">The direction.</param>
    public static string KeyOf(Letter letter, LetterSort sort, bool descending) => sort switch
    {
        LetterSort.CreatedAt => Number(letter.CreatedAt.ToUnixTimeMilliseconds()),
        LetterSort.UpdatedAt => Number(letter.UpdatedAt.ToUnixTimeMilliseconds()),
        LetterSort.NextRetryAt => Number(letter.NextRetryAt?.ToUnixTimeMilliseconds() ?? (descending ? long.MinValue : long.MaxValue)),
        LetterSort.ErrorType => ErrorTypes.Name(letter.ErrorType),
        LetterSort.Status => LetterStatuses.Name(letter.Status),
        LetterSort.Target => letter.Metadata.Target,
        LetterSort.Source => letter.Metadata.Source ?? "",
        LetterSort.DlqRetryCount => Number(letter.DlqRetryCount),
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such sort."),
    };

    /// <summary>A letter's place in an order.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="sort">What is sorted by.</param>
    /// <param name="descending">In which direction.</param>
    public static LetterCursor Of(Letter letter, LetterSort sort, bool descending) =>
        new(sort, descending, KeyOf(letter, sort, descending), letter.CreatedAt.ToUnixTimeMilliseconds(), letter.MessageId);

    /// <summary>The cursor as text for clients.</summary>
    public string Encode()
    {
        var direction = Descending ? DirectionDown : DirectionUp;
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, Sort, direction, Number(CreatedMs), MessageId, Number(Key.Length), Key)));
    }

    /// <summary>Reads a query's cursor.</summary>
    /// <param name="query">The query; its cursor may not be null.</param>
    /// <exception cref="ArgumentException">The cursor is not one of ours, or belongs to another sort.</exception>
    public static LetterCursor Of(LetterQuery query)
    {
        var parts = Text(query.Cursor!).Split(Separator, 6);
        if (parts.Length < 6 || !IsNumber(parts[2]) || !MessageId.TryParse(parts[3], out var id)) throw NotOurs();
        if (parts[0] != query.Sort.ToString() || parts[1] != (query.Descending ? DirectionDown : DirectionUp))
        {
            throw new ArgumentException(
                "The cursor belongs to another sort: repeat the query that gave it, or leave the cursor out.", nameof(query));
        }

        // Its length tells a key that was cut off in copying.
        if (parts[4] != Number(parts[5].Length) || (IsNumeric(query.Sort) && !IsNumber(parts[5]))) throw NotOurs();
        return new LetterCursor(query.Sort, query.Descending, parts[5], long.Parse(parts[2], CultureInfo.InvariantCulture), id);
    }

    private static string Text(string cursor)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (FormatException)
        {
            throw NotOurs();
        }
    }

    private static bool IsNumber(string key) => long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static ArgumentException NotOurs() =>
        new("This is not a cursor of ours: take the nextCursor of the page before as it is.", "query");

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
