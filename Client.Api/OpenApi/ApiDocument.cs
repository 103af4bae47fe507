using System.Net.Mime;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace DlqCluster.Api.OpenApi;

/// <summary>The API document (OpenAPI 3.1) and the page to try it.</summary>
internal static class ApiDocument
{
    /// <summary>The name of the security scheme.</summary>
    public const string Credential = "credential";

    private const string Name = "v1";
    private const string Page = "/docs";

    // The page's own scripts come from here; it sets styles on elements, and its icons are data.
    private const string PagePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Adds what writes the document.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.AddOperationTransformer<OperationDocument>();
        options.AddSchemaTransformer<SchemaDocument>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            Introduce(document);
            RequestDocument.Complete(document);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps <c>/openapi/v1.json</c> and the page <c>/docs</c>.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi().Needs(null);
        var page = routes.CreateApplicationBuilder();
        page.Use((context, next) =>
        {
            // Static files are served only where routing has found nothing.
            context.SetEndpoint(null);
            context.Response.Headers.ContentSecurityPolicy = PagePolicy;
            context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
            return next(context);
        });
        page.UseSwaggerUI(options =>
        {
            options.RoutePrefix = Page.TrimStart('/');
            options.DocumentTitle = "Orleans.DlqCluster API";
            options.SwaggerEndpoint($"/openapi/{Name}.json", "v1");
            options.DisplayRequestDuration();
        });
        routes.MapGet(Page + "/{**path}", page.Build()).Needs(null).ExcludeFromDescription();
    }

    private static void Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Orleans.DlqCluster",
            Version = Name,
            Description = "Durable message delivery with a dead-letter queue. Times are RFC 3339 in UTC; members that are not known are refused; "
                + "every refusal is a problem document (RFC 9457) with a stable `type`.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // The document is the same wherever it is read; requests go to where it came from.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Tags = ApiTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Credential] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, or the admin token (`ADMIN_TOKEN`). An API key may stand in `X-Api-Key` instead. Without an admin token, "
                    + "requests from this machine need none while the service listens on loopback addresses only. In a browser a session (`POST /api/session`) stands for either.",
            },
        };
        var other = new OpenApiResponse
        {
            Description = $"Any other refusal, such as `{ApiProblem.TypePrefix}{Problem.Internal().Type}`.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [MediaTypeNames.Application.ProblemJson] =
                    new OpenApiMediaType { Schema = new OpenApiSchemaReference(nameof(ProblemDocument), document) },
            },
        };
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values.ToArray() ?? []))
        {
            var responses = new OpenApiResponses();
            foreach (var response in (operation.Responses ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal)) responses.Add(response.Key, response.Value);
            responses["default"] = other;
            operation.Responses = responses;
        }
    }
}
