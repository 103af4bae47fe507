using Microsoft.OpenApi;

namespace DlqCluster.Api.OpenApi;

/// <summary>Gives members of a request, where it has no words of its own, the words and limits of what it becomes.</summary>
internal static class RequestDocument
{
    private const string Request = "Request";
    private const string Answer = "Answer";

    /// <summary>Completes all requests.</summary>
    /// <param name="document">The document.</param>
    public static void Complete(OpenApiDocument document)
    {
        var schemas = document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in schemas.Where(pair => pair.Key.EndsWith(Request, StringComparison.Ordinal)))
        {
            var subject = name[..^Request.Length];
            if (schemas.TryGetValue(subject, out var settings)) Complete(schema, settings);
            if (schemas.TryGetValue(subject + Answer, out var answer)) Complete(schema, answer);
        }
    }

    private static void Complete(IOpenApiSchema request, IOpenApiSchema model)
    {
        foreach (var (name, member) in request.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (model.Properties?.TryGetValue(name, out var known) is not true || known is null || member is not OpenApiSchema own) continue;
            own.Description ??= known.Description;
            own.Minimum ??= known.Minimum;
            own.Maximum ??= known.Maximum;
        }
    }
}
