using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.DeadLetters;

namespace DlqCluster.Api.Apis;

/// <summary>Dead letters by what they have in common, and what people say of that.</summary>
internal static class LetterGroupsApi
{
    private const string Root = "/api/dlq/groups";
    private const string By = "by";
    private const string Name = "name";
    private const int MaxNoteLength = 4_000;
    private const int MaxTries = 5;

    private static readonly Input[] _group =
    [
        Input.OneOf<LetterGroupKind>(By, "What the letters have in common.", LetterGroupKind.Fingerprint),
        Input.Text(Name, "The one with this name; given and empty, the letters without a source.", "9da36cf8b8476e4d"),
    ];

    private static readonly Input[] _filter =
    [
        Input.OneOf<LetterGroupState>("state", "In this state."),
        Input.Flag("muted", "Muted, or not.", null),
        Input.Text("owner", "Of this owner.", "ann"),
        Input.OneOf<LetterGroupSort>("sort", "What to sort by; open are letters that are not resolved.", LetterGroupSort.Open),
        LetterInputs.Order[1],
    ];

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var groups = routes.MapGroup(Root).WithTags("Dead letters");
        groups.MapGet("/", ListAsync).Describe("ListLetterGroups", "Dead letters by what they have in common.", 400, 503)
            .Details("With counts, first and last seen, a sample, and what people say of it. A group that was called resolved and came back is regressed.")
            .Takes(_group).Takes(_filter).Takes(Input.Page(50)).Answers(200, LetterSamples.Groups);
        groups.MapPatch("/", ChangeAsync).Audited("group.change", Name)
            .Describe("ChangeLetterGroup", "Says who looks after a group, what is known of it, whether it is muted or resolved.", 400, 413, 415, 503)
            .Details("What is left out stays as it is; an empty text takes it away. It survives the group's letters, replays and restarts.")
            .Takes(_group[0], _group[1] with { Required = true }).TakesBody<GroupChangeRequest>(LetterSamples.GroupBody).Answers(200, LetterSamples.Mark)
            .Refuses(Problem.Conflict("group-changed", "Others are changing this group at the same time."));
    }

    private static async Task<Results<Ok<PageAnswer<LetterGroup>>, ApiProblem>> ListAsync(HttpRequest request, ILetterGroups groups)
    {
        var query = new QueryReader(request.Query);
        var (page, pageSize) = query.Page(pageSize: 50);
        var asked = new LetterGroupQuery
        {
            Kind = query.OneOf<LetterGroupKind>(By) ?? LetterGroupKind.Fingerprint,
            Name = NameOf(query),
            State = query.OneOf<LetterGroupState>("state"),
            Muted = query.Flag("muted"),
            Owner = query.Text("owner"),
            Sort = query.OneOf<LetterGroupSort>("sort") ?? LetterGroupSort.Open,
            Descending = query.OneOf<SortOrder>("order") is not SortOrder.Asc,
            Page = page,
            PageSize = pageSize,
        };
        if (query.Finish() is { } problem) return problem;
        var found = await groups.QueryAsync(asked);
        return TypedResults.Ok(new PageAnswer<LetterGroup>(found.Groups, page, pageSize, found.Total));
    }

    private static async Task<Results<Ok<LetterGroupMark>, ApiProblem>> ChangeAsync(
        HttpRequest request, MessageRules rules, ILetterGroups groups, TimeProvider time)
    {
        var query = new QueryReader(request.Query);
        var kind = query.OneOf<LetterGroupKind>(By) ?? LetterGroupKind.Fingerprint;
        var name = NameOf(query);
        if (name is null) query.Refuse(Name, "is required: the group that is meant");
        if (query.Finish() is { } problem) return problem;
        if (Caller.ReadName(request, rules, out var by) is { } problemOfOperator) return problemOfOperator;
        var (body, problemOfBody) = await JsonBody.ReadAsync(request, ApiJson.Context.GroupChangeRequest, rules.Limits);
        if (problemOfBody is not null) return problemOfBody;
        body = body! with { Reason = Reasons.Of(request, body.Reason) };
        var scope = AuditScope.Of(request.HttpContext);
        (scope.Subject, scope.Detail) = ($"{JsonNames<LetterGroupKind>.Names[kind]}:{name}", body.ToString());
        if (Check(body, rules) is { } invalid) return invalid;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var known = await groups.GetMarkAsync(kind, name!);
            var next = body.Apply(known ?? new LetterGroupMark(), by, time.GetUtcNow());
            if (await groups.PutMarkAsync(kind, name!, next, known?.Version ?? 0) is { } version) return TypedResults.Ok(next with { Version = version });
        }

        return Problem.Conflict("group-changed", "Others are changing this group at the same time.");
    }

    private static ApiProblem? Check(GroupChangeRequest body, MessageRules rules)
    {
        var errors = new FieldErrors();
        if (body is { Owner: null, Note: null, Muted: null, Resolved: null }) errors.Add("owner", "or note, muted or resolved is required");
        if (!string.IsNullOrEmpty(body.Owner) && rules.TextError(body.Owner) is { } owner) errors.Add("owner", owner);
        if (body.Note?.Length > MaxNoteLength) errors.Add("note", $"has {body.Note.Length} characters; at most {MaxNoteLength} are allowed");
        Reasons.Check(body.Reason, required: false, rules, errors);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    // The empty name is a group of its own: the letters without a source.
    private static string? NameOf(QueryReader query) => query.Text(Name) ?? (query.Has(Name) ? "" : null);

    // Its names are those of the query parameter.
    private enum SortOrder
    {
        Asc,
        Desc,
    }
}
