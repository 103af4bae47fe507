using DlqCluster.Audit;
using MongoDB.Bson;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>Entries of the audit log as documents, and queries of it.</summary>
/// <remarks>The id is text, since that sorts by time, which a binary UUID of MongoDB's does as well but nobody can read.</remarks>
internal static class AuditBson
{
    public const string Id = "_id";
    private const string At = "at";
    private const string Who = "who";
    private const string Credential = "credential";
    private const string Act = "act";
    private const string Subject = "subject";
    private const string Count = "count";
    private const string Reason = "reason";
    private const string From = "from";
    private const string Outcome = "outcome";
    private const string Status = "status";
    private const string Detail = "detail";

    /// <summary>The indexes: every filter pages in order. Making them again changes nothing.</summary>
    public static IReadOnlyList<CreateIndexModel<BsonDocument>> Indexes { get; } = [Index(Who), Index(Act), Index(Subject), Index(Outcome)];

    /// <summary>An entry as a document.</summary>
    public static BsonDocument Write(AuditEntry entry)
    {
        var document = new BsonDocument(Id, entry.Id.ToString("D"));
        document.Put(At, entry.At);
        return document.AddRange(Rest(entry));
    }

    /// <summary>A document as an entry.</summary>
    public static AuditEntry Read(BsonDocument document) => new()
    {
        Id = Guid.Parse(document.Text(Id) ?? ""),
        At = document.Time(At) ?? DateTimeOffset.UnixEpoch,
        Who = document.Text(Who) ?? "",
        Credential = document.Text(Credential) ?? "",
        Act = document.Text(Act) ?? "",
        Subject = document.Text(Subject),
        Count = document.Int64(Count),
        Reason = document.Text(Reason),
        From = document.Text(From),
        Outcome = EnumNames<AuditOutcome>.Read(document.Text(Outcome)),
        Status = document.Int32(Status),
        Detail = document.Text(Detail),
    };

    /// <summary>The entry if it has no end yet, and the change that gives it one.</summary>
    public static (BsonDocument Open, BsonDocument Change) Completion(AuditEntry entry) => (
        new BsonDocument { { Id, entry.Id.ToString("D") }, { Outcome, EnumNames<AuditOutcome>.Of(AuditOutcome.Begun) } },
        new BsonDocument("$set", Rest(entry)));

    /// <summary>What a query asks for.</summary>
    public static BsonDocument Matching(AuditQuery query)
    {
        var conditions = new BsonDocument();
        conditions.Put(Who, query.Who);
        conditions.Put(Act, query.Act);
        conditions.Put(Subject, query.Subject);
        if (query.Outcome is { } outcome) conditions.Add(Outcome, EnumNames<AuditOutcome>.Of(outcome));
        var range = new BsonDocument();
        if (query.From is { } from) range.Add("$gte", FirstIdOf(from));
        var ends = new[] { query.To is { } to ? FirstIdOf(to) : null, query.After?.ToString("D") };
        if (ends.Where(static end => end is not null).Min(StringComparer.Ordinal) is { } end) range.Add("$lt", end);
        if (range.ElementCount > 0) conditions.Add(Id, range);
        return conditions;
    }

    /// <summary>What began before a moment.</summary>
    public static BsonDocument OlderThan(DateTimeOffset time) => new(Id, new BsonDocument("$lt", FirstIdOf(time)));

    private static BsonDocument Rest(AuditEntry entry)
    {
        var document = new BsonDocument();
        document.Put(Who, entry.Who);
        document.Put(Credential, entry.Credential);
        document.Put(Act, entry.Act);
        document.Put(Subject, entry.Subject);
        if (entry.Count is { } count) document.Add(Count, count);
        document.Put(Reason, entry.Reason);
        document.Put(From, entry.From);
        document.Add(Outcome, EnumNames<AuditOutcome>.Of(entry.Outcome));
        document.Put(Status, entry.Status);
        document.Put(Detail, entry.Detail);
        return document;
    }

    // An id begins with its time, in 48 bits.
    private static string FirstIdOf(DateTimeOffset time)
    {
        Span<byte> id = stackalloc byte[16];
        var ms = Math.Max(0, time.ToUnixTimeMilliseconds());
        for (var i = 0; i < 6; i++) id[i] = (byte)(ms >> (40 - (8 * i)));
        return new Guid(id, bigEndian: true).ToString("D");
    }

    private static CreateIndexModel<BsonDocument> Index(string field) =>
        new(new BsonDocument { { field, 1 }, { Id, 1 } }, new CreateIndexOptions<BsonDocument> { Name = field + "_id" });
}
