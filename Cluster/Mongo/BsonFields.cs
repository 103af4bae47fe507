using System.Text;
using System.Text.Unicode;
using DlqCluster.Messages;
using MongoDB.Bson;

namespace DlqCluster.Cluster.Mongo;

/// <summary>Puts values into documents and takes them out again, exactly. What is null is left out; what is left out is null.</summary>
internal static class BsonFields
{
    // BSON has milliseconds. What is finer stands beside, where there is any.
    private const string TicksSuffix = "Ticks";

    /// <summary>Puts a text.</summary>
    public static void Put(this BsonDocument document, string name, string? value)
    {
        if (value is not null) document.Add(name, WellFormed(value));
    }

    /// <summary>
    /// A text as it can be stored: the driver refuses one that has half a character, as one that was cut at a length may. As everywhere
    /// else, U+FFFD takes the half's place.
    /// </summary>
    public static string WellFormed(string value) =>
        value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? value : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));

    /// <summary>Puts a number.</summary>
    public static void Put(this BsonDocument document, string name, int? value)
    {
        if (value is { } number) document.Add(name, number);
    }

    /// <summary>Puts a moment, in UTC.</summary>
    public static void Put(this BsonDocument document, string name, DateTimeOffset? value)
    {
        if (value is not { } time) return;
        document.Add(name, LetterSearch.Date(time));
        var ticks = (int)(time.UtcTicks % TimeSpan.TicksPerMillisecond);
        if (ticks > 0) document.Add(name + TicksSuffix, ticks);
    }

    /// <summary>Puts a payload: as text, which people can read; as bytes if it is not quite UTF-8, so that none is changed.</summary>
    public static void Put(this BsonDocument document, string name, Payload? value)
    {
        if (value is not { IsEmpty: false } payload) return;
        document.Add(name, Utf8.IsValid(payload.Utf8) ? Encoding.UTF8.GetString(payload.Utf8) : new BsonBinaryData(payload.Utf8));
    }

    /// <summary>Takes a text.</summary>
    public static string? Text(this BsonDocument document, string name) => Find(document, name)?.AsString;

    /// <summary>Takes a number.</summary>
    public static int? Int32(this BsonDocument document, string name) => Find(document, name)?.ToInt32();

    /// <summary>Takes a large number.</summary>
    public static long? Int64(this BsonDocument document, string name) => Find(document, name)?.ToInt64();

    /// <summary>Takes a fraction.</summary>
    public static double? Double(this BsonDocument document, string name) => Find(document, name)?.ToDouble();

    /// <summary>Takes a yes or no.</summary>
    public static bool? Bool(this BsonDocument document, string name) => Find(document, name)?.AsBoolean;

    /// <summary>Takes a moment.</summary>
    public static DateTimeOffset? Time(this BsonDocument document, string name)
    {
        if (Find(document, name) is not { } value) return null;
        var time = DateTimeOffset.FromUnixTimeMilliseconds(value.AsBsonDateTime.MillisecondsSinceEpoch);
        return time.AddTicks(document.Int32(name + TicksSuffix) ?? 0);
    }

    /// <summary>Takes a payload.</summary>
    public static Payload? Payload(this BsonDocument document, string name) => Find(document, name) switch
    {
        null => null,
        BsonBinaryData bytes => new Payload(bytes.Bytes),
        var text => new Payload(Encoding.UTF8.GetBytes(text.AsString)),
    };

    /// <summary>Takes a document.</summary>
    public static BsonDocument? Document(this BsonDocument document, string name) => Find(document, name)?.AsBsonDocument;

    /// <summary>Takes documents.</summary>
    public static IEnumerable<BsonDocument> Documents(this BsonDocument document, string name) =>
        Find(document, name)?.AsBsonArray.Select(static item => item.AsBsonDocument) ?? [];

    /// <summary>Takes texts.</summary>
    public static IReadOnlyList<string> Texts(this BsonDocument document, string name) =>
        [.. Find(document, name)?.AsBsonArray.Select(static item => item.AsString) ?? []];

    private static BsonValue? Find(BsonDocument document, string name) =>
        document.TryGetValue(name, out var value) && !value.IsBsonNull ? value : null;
}
