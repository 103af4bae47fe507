using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Nodes;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Live;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DlqCluster.Api.OpenApi;

/// <summary>Writes into an operation of the API document what its endpoint's metadata says.</summary>
internal sealed class OperationDocument : IOpenApiOperationTransformer
{
    // What a refusal says wherever it is met.
    private static readonly ApiProblem[] _usual =
    [
        Problem.Invalid("pageSize", "must be a whole number from 1 to 500"),
        Problem.Unauthorized(given: false),
        Problem.SessionEnded(),
        Problem.RoleNeeded(AccessRole.Admin, new Caller(AccessRole.Read, Caller.ApiKey)),
        Problem.Forbidden("Without a credential only pages of this service may do this, not those of other origins."),
        Problem.RateLimited(100, TimeSpan.FromSeconds(6)),
        Problem.TooManyFailures(TimeSpan.FromSeconds(6)),
        Problem.BodyTooLarge(262_144, "Ingest:MaxBodyBytes"),
        Problem.UnsupportedMediaType(MediaTypeNames.Application.Json),
        Problem.Unavailable("storage-unavailable", "The store could not do its work", 1),
        Problem.Unavailable("timeout", "The answer took too long", 1),
        Problem.Unavailable("silo-unavailable", "No silo could be reached", 1),
    ];

    // Only where JSON is read.
    private static readonly ApiProblem _malformed = Problem.Malformed("At line 1, byte 17 it breaks off.");

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var parameters = operation.Parameters ??= [];
        foreach (var parameter in parameters.OfType<OpenApiParameter>()) DescribePath(parameter);
        foreach (var input in metadata.OfType<InputMetadata>().SelectMany(inputs => inputs.Inputs)) parameters.Add(input.ToParameter());
        foreach (var body in metadata.OfType<BodySample>()) AddBody(operation, body);
        foreach (var sample in metadata.OfType<AnswerSample>()) AddAnswer(operation, sample);
        var own = metadata.OfType<RefusalSamples>().SelectMany(samples => samples.Problems).ToArray();
        var instance = "/" + context.Description.RelativePath;
        var usual = metadata.OfType<UsualRefusal>().Select(refusal => refusal.Status).ToHashSet();
        ApiProblem[] all = [.. own, .. _usual.Where(problem => usual.Contains(problem.Status))];
        if (usual.Contains(_malformed.Status) && operation.RequestBody?.Content?.ContainsKey(MediaTypeNames.Application.Json) == true) all = [.. all, _malformed];
        foreach (var (status, response) in operation.Responses ?? []) AddRefusals(status, response, all, instance);
        if (metadata.OfType<NeededRole>().LastOrDefault() is { Role: { } role }) DescribeRole(operation, role);
        operation.Security = operation.Responses?.ContainsKey("401") == true
            ? [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDocument.Credential, context.Document)] = [] }]
            : [];
        return Task.CompletedTask;
    }

    private static void DescribeRole(OpenApiOperation operation, AccessRole role) =>
        operation.Description = $"{operation.Description} Role: `{JsonNames<AccessRole>.Names[role]}`.".TrimStart();

    private static void DescribePath(OpenApiParameter parameter)
    {
        if (parameter.In != ParameterLocation.Path) return;
        var isId = parameter.Name == "id";
        parameter.Description ??= isId ? "The id, a UUID." : "The name.";
        parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Examples = [isId ? Samples.Id : "default"] };
    }

    // Lines are no JSON document: they have an example and no schema.
    private static void AddBody(OpenApiOperation operation, BodySample body)
    {
        var content = operation.RequestBody?.Content;
        if (body.MediaType == MediaTypes.NdJson && content is not null)
            content[MediaTypes.NdJson] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        AddExample(content, body.MediaType, body.Sample);
    }

    private static void AddAnswer(OpenApiOperation operation, AnswerSample sample)
    {
        if (operation.Responses?.TryGetValue(Text(sample.Status), out var response) != true) return;
        foreach (var mediaType in response!.Content?.Keys.ToArray() ?? []) AddExample(response.Content, mediaType, sample.Sample);
    }

    private static void AddRefusals(string status, IOpenApiResponse response, ApiProblem[] all, string instance)
    {
        if (response.Content?.TryGetValue(MediaTypeNames.Application.ProblemJson, out var media) != true) return;
        var problems = all.Where(problem => Text(problem.Status) == status).DistinctBy(problem => problem.Type).ToArray();
        response.Description = string.Join(" ", problems.Select(problem => $"`{ApiProblem.TypePrefix}{problem.Type}`: {problem.Title}"));
        media!.Examples = problems.ToDictionary(problem => problem.Type, problem => (IOpenApiExample)new OpenApiExample
        {
            Summary = problem.Title,
            Value = JsonSerializer.SerializeToNode(problem.ToDocument(instance), ApiJson.Context.ProblemDocument),
        });
    }

    private static void AddExample(IDictionary<string, OpenApiMediaType>? content, string mediaType, string sample)
    {
        if (content?.TryGetValue(mediaType, out var media) != true) return;
        media!.Example = mediaType is MediaTypeNames.Application.Json or LiveStream.ContentType ? JsonNode.Parse(sample) : JsonValue.Create(sample);
    }

    private static string Text(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
