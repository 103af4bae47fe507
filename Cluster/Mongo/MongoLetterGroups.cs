using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using MongoDB.Driver;
using static DlqCluster.Cluster.Mongo.LetterFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>
/// Groups of letters in MongoDB: counted along the index of what they have in common, without reading a letter, and joined with what people
/// say of them. A count is given up when it takes longer than <c>Mongo:QueryTimeoutMs</c>.
/// </summary>
/// <param name="connection">The connection.</param>
/// <remarks>
/// They are counted when they are asked for and not kept with every letter: that would take a transaction over documents that all letters of
/// a group share, and so make the most frequent failure the slowest to record.
/// </remarks>
public sealed class MongoLetterGroups(MongoConnection connection) : ILetterGroups
{
    private readonly IMongoCollection<BsonDocument> _letters = connection.Letters;
    private readonly IMongoCollection<BsonDocument> _marks = connection.Marks;

    /// <inheritdoc/>
    public Task<LetterGroupPage> QueryAsync(LetterGroupQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.PageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Page, 1);
        return connection.DoAsync((_letters, query, connection.QueryTimeout), static async args =>
        {
            var options = new AggregateOptions { AllowDiskUse = true, MaxTime = args.QueryTimeout };
            using var found = await args._letters.AggregateAsync<BsonDocument>(GroupBson.Stages(args.query), options).ConfigureAwait(false);
            var facets = await found.SingleAsync().ConfigureAwait(false);
            var total = facets.Documents("total").FirstOrDefault()?.Int64("n") ?? 0;
            var groups = new List<LetterGroup>();
            foreach (var row in facets.Documents("page"))
            {
                var sample = await SampleAsync(args._letters, args.query.Kind, row.Text(Id) ?? "").ConfigureAwait(false);
                groups.Add(GroupBson.Read(args.query.Kind, row, sample));
            }

            return new LetterGroupPage(groups, total);
        });
    }

    /// <inheritdoc/>
    public Task<LetterGroupMark?> GetMarkAsync(LetterGroupKind kind, string name) => connection.DoAsync((_marks, kind, name), static async args =>
    {
        var byId = new BsonDocument(Id, GroupBson.MarkId(args.kind, args.name));
        var document = await args._marks.Find(byId).FirstOrDefaultAsync().ConfigureAwait(false);
        return document is null ? null : GroupBson.ReadMark(document);
    });

    /// <inheritdoc/>
    public Task<long?> PutMarkAsync(LetterGroupKind kind, string name, LetterGroupMark mark, long expectedVersion)
    {
        var document = GroupBson.Write(kind, name, mark with { Version = expectedVersion + 1 });
        return connection.DoAsync((_marks, document, expectedVersion), static async args =>
        {
            var version = args.expectedVersion + 1;
            if (args.expectedVersion > 0)
            {
                var unchanged = new BsonDocument { { Id, args.document[Id] }, { LetterFields.Version, args.expectedVersion } };
                var result = await args._marks.ReplaceOneAsync(unchanged, args.document).ConfigureAwait(false);
                return result.MatchedCount == 0 ? null : (long?)version;
            }

            try
            {
                await args._marks.InsertOneAsync(args.document).ConfigureAwait(false);
                return (long?)version;
            }
            catch (MongoWriteException error) when (MongoFault.IsDuplicate(error))
            {
                return null;
            }
        });
    }

    private static async Task<BsonDocument> SampleAsync(IMongoCollection<BsonDocument> letters, LetterGroupKind kind, string name)
    {
        var options = new FindOptions<BsonDocument>
        {
            Sort = LetterSearch.Order(LetterSort.CreatedAt, descending: true),
            Limit = 1,
            Projection = new BsonDocument("errorReason", 1),
        };
        using var found = await letters.FindAsync(new BsonDocument(GroupBson.FieldOf(kind), name), options).ConfigureAwait(false);
        return await found.FirstOrDefaultAsync().ConfigureAwait(false) ?? [];
    }
}

/// <summary>Groups, and what people say of them, as MongoDB takes them.</summary>
internal static class GroupBson
{
    private const string Count = "count";
    private const string First = "first";
    private const string Last = "last";
    private const string Open = "open";
    private const string Mark = "mark";
    private const string Owner = "owner";
    private const string Note = "note";
    private const string Muted = "muted";
    private const string ResolvedAt = "resolvedAt";
    private const string ChangedBy = "changedBy";
    private const string ChangedAt = "changedAt";

    /// <summary>The field that letters of a group share.</summary>
    public static string FieldOf(LetterGroupKind kind) => kind switch
    {
        LetterGroupKind.Fingerprint => Fingerprint,
        LetterGroupKind.ErrorType => LetterFields.ErrorType,
        LetterGroupKind.Target => Target,
        LetterGroupKind.Source => Source,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of group."),
    };

    /// <summary>The id of what people say of a group.</summary>
    public static string MarkId(LetterGroupKind kind, string name) => $"{EnumNames<LetterGroupKind>.Of(kind)}:{name}";

    /// <summary>
    /// The stages that make a page of groups, and their total. The sort leads along an index that has all that is counted. Only when they are
    /// asked for are marks joined to all groups, otherwise to those of the page.
    /// </summary>
    public static BsonDocument[] Stages(LetterGroupQuery query)
    {
        var field = FieldOf(query.Kind);
        var direction = query.Descending ? -1 : 1;
        BsonDocument[] page =
        [
            new("$sort", new BsonDocument { { Key(query.Sort), direction }, { Id, direction } }),
            new("$skip", (query.Page - 1L) * query.PageSize),
            new("$limit", query.PageSize),
        ];
        var matching = Matching(query);
        var isOfMarks = matching.ElementCount > 0;
        BsonDocument[] joined = isOfMarks ? [.. Joined(query.Kind), new("$match", matching)] : [];
        if (!isOfMarks) page = [.. page, .. Joined(query.Kind)];
        var total = new BsonArray { new BsonDocument("$count", "n") };
        return
        [
            new("$match", query.Name is null ? [] : new BsonDocument(field, query.Name)),
            new("$sort", new BsonDocument(field, 1)),
            new("$group", Counted(field)),
            .. joined,
            new("$facet", new BsonDocument { { "total", total }, { "page", new BsonArray(page) } }),
        ];
    }

    // In the letters of a group: how many, since when and until when, and how many of each status.
    private static BsonDocument Counted(string field)
    {
        var group = new BsonDocument
        {
            { Id, "$" + field }, { Count, new BsonDocument("$sum", 1) }, { First, new BsonDocument("$min", "$" + CreatedAt) },
            { Last, new BsonDocument("$max", "$" + LastFailedAt) }, { Open, SumIf(LetterStatus.Resolved, 0, 1) },
        };
        foreach (var status in Enum.GetValues<LetterStatus>()) group.Add(LetterStatuses.Name(status), SumIf(status, 1, 0));
        return group;
    }

    private static BsonDocument[] Joined(LetterGroupKind kind)
    {
        var id = new BsonDocument("$concat", new BsonArray { MarkId(kind, ""), "$" + Id });
        var isIts = new BsonDocument("$expr", new BsonDocument("$eq", new BsonArray { "$" + Id, "$$id" }));
        return
        [
            new("$lookup", new BsonDocument
            {
                { "from", MongoConnection.MarksCollection },
                { "let", new BsonDocument("id", id) },
                { "pipeline", new BsonArray { new BsonDocument("$match", isIts) } },
                { "as", Mark },
            }),
            new("$unwind", new BsonDocument { { "path", "$" + Mark }, { "preserveNullAndEmptyArrays", true } }),
        ];
    }

    /// <summary>Reads a group.</summary>
    public static LetterGroup Read(LetterGroupKind kind, BsonDocument row, BsonDocument sample)
    {
        var mark = row.Document(Mark) is { } said ? ReadMark(said) : null;
        var last = row.Time(Last) ?? default;
        return new LetterGroup
        {
            Kind = kind,
            Name = row.Text(Id) ?? "",
            Count = row.Int64(Count) ?? 0,
            Open = row.Int64(Open) ?? 0,
            ByStatus = Enum.GetValues<LetterStatus>().ToDictionary(static status => status, status => row.Int64(LetterStatuses.Name(status)) ?? 0),
            FirstSeen = row.Time(First) ?? default,
            LastSeen = last,
            State = LetterGroup.StateOf(mark, last),
            Mark = mark,
            SampleId = new MessageId(sample.Text(Id) ?? ""),
            SampleError = sample.Text("errorReason") ?? "",
        };
    }

    /// <summary>What people say of a group, as a document.</summary>
    public static BsonDocument Write(LetterGroupKind kind, string name, LetterGroupMark mark)
    {
        var document = new BsonDocument { { Id, MarkId(kind, name) }, { LetterFields.Version, mark.Version }, { Muted, mark.Muted } };
        document.Put(Owner, mark.Owner);
        document.Put(Note, mark.Note);
        if (mark.ResolvedAt is { } resolved) document.Add(ResolvedAt, LetterSearch.Date(resolved));
        document.Put(ChangedBy, mark.ChangedBy);
        return document.Add(ChangedAt, LetterSearch.Date(mark.ChangedAt));
    }

    /// <summary>Reads what people say of a group.</summary>
    public static LetterGroupMark ReadMark(BsonDocument document) => new()
    {
        Version = document.Int64(LetterFields.Version) ?? 0,
        Owner = document.Text(Owner),
        Note = document.Text(Note),
        Muted = document.Bool(Muted) ?? false,
        ResolvedAt = document.Time(ResolvedAt),
        ChangedBy = document.Text(ChangedBy) ?? "",
        ChangedAt = document.Time(ChangedAt) ?? default,
    };

    private static string Key(LetterGroupSort sort) => sort switch
    {
        LetterGroupSort.Open => Open,
        LetterGroupSort.Count => Count,
        LetterGroupSort.LastSeen => Last,
        LetterGroupSort.FirstSeen => First,
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such sort."),
    };

    private static BsonDocument SumIf(LetterStatus status, int yes, int no)
    {
        var isStatus = new BsonDocument("$eq", new BsonArray { "$" + Status, LetterStatuses.Name(status) });
        return new BsonDocument("$sum", new BsonDocument("$cond", new BsonArray { isStatus, yes, no }));
    }

    private static BsonDocument Matching(LetterGroupQuery query)
    {
        var conditions = new BsonDocument();
        conditions.Put($"{Mark}.{Owner}", query.Owner);
        if (query.Muted is { } muted) conditions.Add($"{Mark}.{Muted}", muted ? BsonBoolean.True : new BsonDocument("$ne", true));
        const string resolved = $"{Mark}.{ResolvedAt}";
        if (query.State == LetterGroupState.Active) conditions.Add(resolved, new BsonDocument("$exists", false));
        if (query.State is LetterGroupState.Resolved or LetterGroupState.Regressed)
        {
            conditions.Add(resolved, new BsonDocument("$exists", true));
            var comparison = query.State == LetterGroupState.Resolved ? "$lte" : "$gt";
            conditions.Add("$expr", new BsonDocument(comparison, new BsonArray { "$" + Last, "$" + resolved }));
        }

        return conditions;
    }
}
