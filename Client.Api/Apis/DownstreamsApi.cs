using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Apis;

/// <summary>Downstreams: list, define, remove.</summary>
internal static class DownstreamsApi
{
    private const string Root = "/api/downstreams";

    private static readonly ApiProblem _full =
        Problem.Conflict("too-many-downstreams", "There are as many downstreams as Delivery:MaxDownstreams allows.");

    private static readonly ApiProblem _fromConfiguration =
        Problem.Conflict("downstream-from-configuration", "This downstream is defined in configuration, and only there can it be removed.");

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var downstreams = routes.MapGroup(Root).WithTags("Downstreams");
        downstreams.MapGet("/", List).Describe("ListDownstreams", "The downstreams, by name.", 400)
            .Takes(Input.Page(100)).Answers(200, Samples.Page(Samples.Downstream));
        downstreams.MapGet("/{name}", GetAsync).Describe("GetDownstream", "One downstream, without its secrets.", 503)
            .Answers(200, Samples.Downstream).Refuses(Problem.NoDownstream("shopp"));
        downstreams.MapPut("/{name}", PutAsync).Audited("downstream.put", "name")
            .Describe("PutDownstream", "Defines a downstream, or changes it.", 400, 413, 415, 503)
            .Details("What is absent gets its default. A masked secret, sent back as it was read, stays what it is.")
            .TakesBody<DownstreamRequest>(Samples.DownstreamBody).Answers(200, Samples.Downstream).Answers(201, Samples.Downstream)
            .Refuses(_full);
        downstreams.MapDelete("/{name}", DeleteAsync).Audited("downstream.delete", "name")
            .Describe("DeleteDownstream", "Removes a downstream that was defined here.", 400, 413, 415, 503)
            .Details("What waits for it ends as dead letters. A definition of the same name in configuration comes into force again.")
            .TakesBody<ReasonRequest>(Samples.RemoveBody, optional: true)
            .Refuses(Problem.NoDownstream("shopp"), _fromConfiguration);
    }

    private static Results<Ok<PageAnswer<DownstreamAnswer>>, ApiProblem> List(HttpRequest request, IDownstreamDirectory directory)
    {
        var query = new QueryReader(request.Query);
        var (page, pageSize) = query.Page(pageSize: 100);
        if (query.Finish() is { } problem) return problem;
        var catalog = directory.Current;
        var names = catalog.Entries.Keys.Order(StringComparer.Ordinal).Skip((page - 1) * pageSize).Take(pageSize);
        var answers = names.Select(name => DownstreamMask.Show(catalog, catalog.Entries[name])).ToArray();
        return TypedResults.Ok(new PageAnswer<DownstreamAnswer>(answers, page, pageSize, catalog.Entries.Count));
    }

    private static async Task<Results<Ok<DownstreamAnswer>, ApiProblem>> GetAsync(string name, Targets targets, IDownstreamDirectory directory)
    {
        await targets.ExistsAsync(name);
        var catalog = directory.Current;
        return catalog.Entries.TryGetValue(name, out var entry)
            ? TypedResults.Ok(DownstreamMask.Show(catalog, entry))
            : Problem.NoDownstream(name);
    }

    private static async Task<Results<Created<DownstreamAnswer>, Ok<DownstreamAnswer>, ApiProblem>> PutAsync(
        string name, HttpRequest request, MessageRules rules, IDownstreamDirectory directory, IGrainFactory grains)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.DownstreamRequest, rules.Limits);
        if (problem is not null) return problem;
        var known = (await directory.RefreshAsync()).Entries.GetValueOrDefault(name)?.Definition;
        var downstream = DownstreamMask.Restore(body!.ToDownstream(name), known);
        if (Check(body, name, downstream) is { } invalid) return invalid;
        var change = await grains.GetGrain<IDownstreamCatalogGrain>(0).Put(downstream);
        if (change == CatalogChange.Full) return _full;
        var catalog = await directory.RefreshAsync();
        var entry = catalog.Entries.GetValueOrDefault(name) ?? new DownstreamEntry(downstream, Paused: false, FromConfiguration: false);
        var answer = DownstreamMask.Show(catalog, entry);
        return change == CatalogChange.Created ? TypedResults.Created($"{Root}/{name}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Results<NoContent, ApiProblem>> DeleteAsync(
        string name, HttpRequest request, MessageRules rules, IDownstreamDirectory directory, IGrainFactory grains)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.ReasonRequest, rules.Limits, new ReasonRequest());
        if (problem is not null) return problem;
        if (Reasons.Refusal(Reasons.Of(request, body!.Reason), required: true, rules) is { } invalid) return invalid;
        var change = await grains.GetGrain<IDownstreamCatalogGrain>(0).Delete(name);
        await directory.RefreshAsync();
        return change switch
        {
            CatalogChange.NotFound => Problem.NoDownstream(name),
            CatalogChange.FromConfiguration => _fromConfiguration,
            _ => TypedResults.NoContent(),
        };
    }

    private static ApiProblem? Check(DownstreamRequest body, string name, Downstream downstream)
    {
        var errors = new FieldErrors();
        if (body.Kind is null) errors.Add("kind", "is required");
        if (body.Name is not null && body.Name != name) errors.Add("name", "is not the name in the path");
        foreach (var (header, _) in downstream.Headers.Where(static header => DownstreamMask.IsMask(header.Value)))
            errors.Add($"headers.{header}", "is the mask of a value that is not known here; send the value itself");
        errors.AddRange(DownstreamRules.Validate(downstream));
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }
}
