using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Audit;

namespace DlqCluster.Api.Apis;

/// <summary>What operators did.</summary>
internal static class AuditApi
{
    private const string Cursor = "cursor";

    private static readonly Input[] _filter =
    [
        Input.Text("who", "Of this operator.", "ann"),
        Input.Text("act", "This act.", "letter.replay"),
        Input.Text("subject", "On this.", Samples.Id),
        Input.OneOf<AuditOutcome>("outcome", "That ended so."),
        Input.Time("from", "Begun at or after this."),
        Input.Time("to", "Begun before this."),
        Input.Whole("pageSize", "The most entries that a page may have.", 1, QueryReader.MaxPageSize, 50),
        Input.Text(Cursor, "The nextCursor of the page before.", "01a2011655197acd93ac15dc670728a6"),
    ];

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/audit", ListAsync)
        .WithTags("Administration").Describe("ListAudit", "What operators did: who, what, on what, why, when, from where.", 400, 503)
        .Takes(_filter).Answers(200, Samples.Audit);

    private static async Task<Results<Ok<AuditListAnswer>, ApiProblem>> ListAsync(HttpRequest request, IAuditLog log)
    {
        var query = new QueryReader(request.Query);
        var audit = new AuditQuery
        {
            Who = query.Text("who"),
            Act = query.Text("act"),
            Subject = query.Text("subject"),
            Outcome = query.OneOf<AuditOutcome>("outcome"),
            From = query.Time("from"),
            To = query.Time("to"),
            PageSize = query.Whole("pageSize", 50, 1, QueryReader.MaxPageSize),
        };
        if (audit.From >= audit.To) query.Refuse("to", "must be after from");
        if (query.Text(Cursor) is { } cursor)
        {
            if (Guid.TryParseExact(cursor, "N", out var after)) audit = audit with { After = after };
            else query.Refuse(Cursor, "is not the nextCursor of a page");
        }

        if (query.Finish() is { } problem) return problem;
        var page = await log.QueryAsync(audit);
        return TypedResults.Ok(new AuditListAnswer(page.Entries, audit.PageSize, page.Next?.ToString("N")));
    }
}
