using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using static DlqCluster.Cluster.Mongo.LetterFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>Filters, sorts and cursors as MongoDB takes them.</summary>
internal static class LetterSearch
{
    private const int Up = 1;
    private const int Down = -1;

    /// <summary>The letters that a filter asks for.</summary>
    public static BsonDocument Matching(LetterFilter filter)
    {
        var conditions = new BsonDocument();
        if (filter.Status is { } status) conditions.Add(Status, LetterStatuses.Name(status));
        if (filter.ErrorType is { } type) conditions.Add(LetterFields.ErrorType, ErrorTypes.Name(type));
        if (filter.Source is { } source) conditions.Add(Source, source);
        if (filter.Target is { } target) conditions.Add(Target, target);
        if (filter.Tag is { } tag) conditions.Add(Tags, tag);
        if (filter.Fingerprint is { } fingerprint) conditions.Add(Fingerprint, fingerprint);
        AddRange(conditions, filter);
        AddWords(conditions, filter.Text);
        return conditions;
    }

    /// <summary>The letters that a selection holds now.</summary>
    public static BsonDocument Within(LetterSelection selection)
    {
        var waiting = new BsonArray(new[] { LetterStatus.Pending, LetterStatus.Failed, LetterStatus.Manual }.Select(LetterStatuses.Name));
        BsonDocument[] conditions =
        [
            Matching(selection.Filter),
            new(CreatedAt, new BsonDocument("$lte", Date(selection.At))),
            new(Status, new BsonDocument("$in", waiting)),
        ];
        return new BsonDocument("$and", new BsonArray(conditions.Where(condition => condition.ElementCount > 0)));
    }

    /// <summary>Of the letters that match, those of one downstream that come after a place.</summary>
    public static BsonDocument Following(BsonDocument matching, string target, LetterPlace? after)
    {
        var ofTarget = new BsonDocument("$and", new BsonArray { matching, new BsonDocument(Target, target) });
        if (after is null) return ofTarget;
        var createdMs = after.CreatedAt.ToUnixTimeMilliseconds();
        var key = createdMs.ToString(CultureInfo.InvariantCulture);
        return After(ofTarget, new LetterCursor(LetterSort.CreatedAt, Descending: false, key, createdMs, after.MessageId));
    }

    /// <summary>Pending letters of a partition that are due.</summary>
    public static BsonDocument Due(int partition, DateTimeOffset now) => new()
    {
        { Partition, partition },
        { Status, LetterStatuses.Name(LetterStatus.Pending) },
        { NextRetryAt, new BsonDocument("$lte", Date(now)) },
    };

    /// <summary>Letters of a partition whose replay has been under way for too long.</summary>
    public static BsonDocument Stuck(int partition, DateTimeOffset unchangedSince) => new()
    {
        { Partition, partition },
        { Status, LetterStatuses.Name(LetterStatus.Processing) },
        { UpdatedAt, new BsonDocument("$lte", Date(unchangedSince)) },
    };

    /// <summary>Letters of a partition that have been closed since before a moment.</summary>
    public static BsonDocument Closed(int partition, LetterStatus status, DateTimeOffset before) => new()
    {
        { Partition, partition },
        { Status, LetterStatuses.Name(status) },
        { ClosedAt, new BsonDocument("$lt", Date(before)) },
    };

    /// <summary>Of the letters that match, those that follow a cursor.</summary>
    /// <remarks>Ranges of the sort's index, which are merged in order, however many letters share a key.</remarks>
    public static BsonDocument After(BsonDocument matching, LetterCursor cursor)
    {
        var field = SortField(cursor.Sort, cursor.Descending);
        var beyond = cursor.Descending ? "$lt" : "$gt";
        var key = Key(cursor);
        var id = new BsonDocument(beyond, cursor.MessageId.Value);
        var created = new BsonDateTime(cursor.CreatedMs);
        BsonDocument[] ranges = cursor.Sort == LetterSort.CreatedAt
            ? [new(field, new BsonDocument(beyond, key)), new() { { field, key }, { Id, id } }]
            :
            [
                new(field, new BsonDocument(beyond, key)),
                new() { { field, key }, { CreatedAt, new BsonDocument(beyond, created) } },
                new() { { field, key }, { CreatedAt, created }, { Id, id } },
            ];
        var following = new BsonDocument("$or", new BsonArray(ranges));
        return matching.ElementCount == 0 ? following : new BsonDocument("$and", new BsonArray { matching, following });
    }

    /// <summary>The order of a query; ties are broken by when letters were dead-lettered, then by id.</summary>
    public static BsonDocument Order(LetterSort sort, bool descending)
    {
        var direction = descending ? Down : Up;
        var order = new BsonDocument(SortField(sort, descending), direction);
        if (sort != LetterSort.CreatedAt) order.Add(CreatedAt, direction);
        return order.Add(Id, direction);
    }

    /// <summary>The order of a field going up; ties are broken by id.</summary>
    public static BsonDocument Earliest(string field) => new() { { field, Up }, { Id, Up } };

    /// <summary>A time as it is stored, to the millisecond.</summary>
    public static BsonDateTime Date(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    private static string SortField(LetterSort sort, bool descending) => sort switch
    {
        LetterSort.CreatedAt => CreatedAt,
        LetterSort.UpdatedAt => UpdatedAt,
        LetterSort.NextRetryAt => descending ? NextRetryDown : NextRetryUp,
        LetterSort.ErrorType => LetterFields.ErrorType,
        LetterSort.Status => Status,
        LetterSort.Target => Target,
        LetterSort.Source => Source,
        LetterSort.DlqRetryCount => DlqRetryCount,
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such sort."),
    };

    private static BsonValue Key(LetterCursor cursor)
    {
        if (!LetterCursor.IsNumeric(cursor.Sort)) return cursor.Key;
        var number = long.Parse(cursor.Key, CultureInfo.InvariantCulture);
        return cursor.Sort is LetterSort.CreatedAt or LetterSort.UpdatedAt ? new BsonDateTime(number) : new BsonInt64(number);
    }

    private static void AddRange(BsonDocument conditions, LetterFilter filter)
    {
        var range = new BsonDocument();
        if (filter.From is { } from) range.Add("$gte", Date(from));
        if (filter.To is { } to) range.Add("$lt", Date(to));
        if (range.ElementCount > 0) conditions.Add(CreatedAt, range);
    }

    // Words hold nothing but letters, digits and marks, so none can be the syntax of a regular expression. One that is anchored and
    // sensitive to case is a range of the index.
    private static void AddWords(BsonDocument conditions, string? text)
    {
        var words = LetterWords.Split(text).ToList();
        if (words.Count == 0) return;
        var beginning = new BsonRegularExpression("^" + words[^1]);
        var wanted = new BsonArray(words[..^1].Distinct()) { beginning };
        conditions.Add(Words, wanted.Count == 1 ? beginning : new BsonDocument("$all", wanted));
    }
}
