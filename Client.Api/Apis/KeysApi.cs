using System.Text.RegularExpressions;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Security;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Apis;

/// <summary>API keys: make one, list them, revoke one; and who one is.</summary>
internal static partial class KeysApi
{
    private const string Root = "/api/keys";
    private const int MaxRequestsPerMinute = 1_000_000;

    // Names that the audit log gives to who has no key.
    private static readonly string[] _reserved = ["admin", "anonymous"];

    private static readonly ApiProblem _taken = Problem.Conflict("key-name-taken", "A valid key has this name already. Revoke that one first, or choose another name.");
    private static readonly ApiProblem _full = Problem.Conflict("too-many-keys", "There are as many keys as Security:MaxKeys allows. Revoke one first.");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/me", Me).WithTags("Keys").Describe("GetMe", "Who asks, and what they may do.").Answers(200, KeySamples.Me);
        var keys = routes.MapGroup(Root).WithTags("Keys");
        keys.MapPost("/", CreateAsync).Audited("key.create")
            .Describe("CreateKey", "Makes an API key.", 400, 413, 415, 503)
            .Details("The answer is the only place where the key is ever shown: what is kept cannot be turned back into it. It is valid in all processes within Security:KeyRefreshMs.")
            .TakesBody<CreateKeyRequest>(KeySamples.CreateBody).Answers(201, KeySamples.Created).Refuses(_taken, _full);
        keys.MapGet("/", ListAsync).Describe("ListKeys", "The API keys, without the keys themselves, by the time they were made.", 400, 503)
            .Takes(Input.Page(100)).Answers(200, Samples.Page(KeySamples.Key));
        keys.MapDelete("/{id}", DeleteAsync).Audited("key.revoke", "id")
            .Describe("DeleteKey", "Revokes an API key.", 503)
            .Details("It is refused from now on by this process, and by all others within Security:KeyRefreshMs.")
            .Refuses(Problem.NoKey("00ff00ff00ff00ff"));
    }

    private static Ok<MeAnswer> Me(HttpContext context)
    {
        var caller = Caller.Of(context)!;
        return TypedResults.Ok(MeAnswer.From(caller, Caller.NameOf(context)));
    }

    private static async Task<Results<Created<CreatedKeyAnswer>, ApiProblem>> CreateAsync(
        HttpRequest request, MessageRules rules, AccessKeys keys, IGrainFactory grains, TimeProvider time)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.CreateKeyRequest, rules.Limits);
        if (problem is not null) return problem;
        var now = time.GetUtcNow();
        if (Check(body!, now) is { } invalid) return invalid;
        var (id, text) = ApiKeyText.Make();
        var key = new AccessKey
        {
            Id = id,
            Name = body!.Name!,
            Role = body.Role!.Value,
            Hash = ApiKeyText.HashOf(text),
            CreatedAt = now,
            CreatedBy = Caller.NameOf(request.HttpContext),
            ExpiresAt = body.ExpiresAt,
            RequestsPerMinute = body.RequestsPerMinute,
        };
        var scope = AuditScope.Of(request.HttpContext);
        (scope.Subject, scope.Detail) = (key.Id, $"{key.Name}, {JsonNames<AccessRole>.Names[key.Role]}");
        switch (await grains.GetGrain<IAccessKeysGrain>(0).Add(key))
        {
            case AccessKeyChange.NameTaken:
                return _taken;
            case AccessKeyChange.Full:
                return _full;
        }

        await keys.RefreshAsync();
        // No cache on the way may keep it.
        request.HttpContext.Response.Headers[HeaderNames.CacheControl] = "no-store";
        return TypedResults.Created($"{Root}/{id}", new CreatedKeyAnswer(id, key.Name, key.Role, key.ExpiresAt, text));
    }

    private static async Task<Results<Ok<PageAnswer<KeyAnswer>>, ApiProblem>> ListAsync(HttpRequest request, AccessKeys keys, TimeProvider time)
    {
        var query = new QueryReader(request.Query);
        var (page, pageSize) = query.Page(pageSize: 100);
        if (query.Finish() is { } problem) return problem;
        await keys.RefreshAsync();
        var (now, all) = (time.GetUtcNow(), keys.All);
        var answers = all.Skip((page - 1) * pageSize).Take(pageSize).Select(key => KeyAnswer.From(key, now)).ToArray();
        return TypedResults.Ok(new PageAnswer<KeyAnswer>(answers, page, pageSize, all.Count));
    }

    private static async Task<Results<NoContent, ApiProblem>> DeleteAsync(string id, HttpContext context, AccessKeys keys, IGrainFactory grains)
    {
        AuditScope.Of(context).Detail = keys.Find(id)?.Key.Name;
        var change = await grains.GetGrain<IAccessKeysGrain>(0).Remove(id);
        await keys.RefreshAsync();
        return change == AccessKeyChange.NotFound ? Problem.NoKey(id) : TypedResults.NoContent();
    }

    private static ApiProblem? Check(CreateKeyRequest body, DateTimeOffset now)
    {
        var errors = new FieldErrors();
        if (body.Name is null || !NamePattern().IsMatch(body.Name)) errors.Add("name", "must be 1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore");
        else if (_reserved.Contains(body.Name, StringComparer.OrdinalIgnoreCase)) errors.Add("name", "means somebody else in the audit log");
        if (body.Role is null) errors.Add("role", "is required: submit, read, operate or admin");
        if (body.ExpiresAt <= now) errors.Add("expiresAt", "is in the past");
        if (body.RequestsPerMinute is < 1 or > MaxRequestsPerMinute) errors.Add("requestsPerMinute", $"must be from 1 to {MaxRequestsPerMinute}");
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex NamePattern();
}
