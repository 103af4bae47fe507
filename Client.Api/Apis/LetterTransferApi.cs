using DlqCluster.Api.Audit;
using DlqCluster.Api.DeadLetters;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.DeadLetters;

namespace DlqCluster.Api.Apis;

/// <summary>Dead letters out of one system and into another, or back.</summary>
internal static class LetterTransferApi
{
    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var dlq = routes.MapGroup("/api/dlq").WithTags("Dead letters");
        dlq.MapGet("/export", ExportAsync).Audited("letter.export")
            .Describe("ExportLetters", "The letters that match, one a line, oldest first.", 400, 503)
            .Details("Each at most once, as it stood when it was read; letters that come meanwhile are left out. A transfer that breaks off is cut short, never ended in order.")
            .Takes(LetterInputs.Filter).AnswersText(200, MediaTypes.NdJson, LetterSamples.Line);
        dlq.MapPost("/import", ImportAsync).Audited("letter.import")
            .Describe("ImportLetters", "Takes letters in that an export brought, one a line.", 400, 415, 503)
            .Details("Letters that are there already are left as they are, so a repeat changes nothing. Each line stands for itself; what is wrong is told by line.")
            .TakesBody<string>(LetterSamples.Line, mediaType: MediaTypes.NdJson).Answers(200, LetterSamples.Imported);
    }

    private static async Task<Results<EmptyHttpResult, ApiProblem>> ExportAsync(HttpContext http, MessageRules rules, IDeadLetterStore letters, TimeProvider time)
    {
        var query = new QueryReader(http.Request.Query);
        var filter = LetterFilterRequest.Read(query, rules);
        if (query.Finish() is { } problem) return problem;
        var scope = AuditScope.Of(http);
        scope.Detail = filter.ToString();
        scope.Count = await LetterExport.WriteAsync(letters, filter.ToFilter(), time.GetUtcNow(), http.Response);
        return TypedResults.Empty;
    }

    private static async Task<Results<Ok<ImportAnswer>, ApiProblem>> ImportAsync(HttpRequest request, MessageRules rules, LetterImport import)
    {
        if (new QueryReader(request.Query).Finish() is { } problem) return problem;
        if (!MediaTypes.IsNdJson(request.ContentType)) return Problem.UnsupportedMediaType(MediaTypes.NdJson);
        if (Caller.ReadName(request, rules, out var by) is { } problemOfOperator) return problemOfOperator;
        var reason = Reasons.Of(request, null);
        if (Reasons.Refusal(reason, required: false, rules) is { } invalid) return invalid;
        var answer = await import.ReadAsync(request.BodyReader, by, reason, request.HttpContext.RequestAborted);
        var scope = AuditScope.Of(request.HttpContext);
        (scope.Count, scope.Detail) = (answer.Imported, $"{answer.Unchanged} were there, {answer.Failed} failed");
        return TypedResults.Ok(answer);
    }
}
