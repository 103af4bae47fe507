using System.Text.Json;
using DlqCluster.Api.Tests.Support;
using Microsoft.AspNetCore.Routing;

namespace DlqCluster.Api.Tests.OpenApi;

public sealed class ApiDocumentTests(SharedHost shared) : IClassFixture<SharedHost>
{
    // These are not for programs: the page to try the API, the document itself and the console.
    private static readonly string[] _outside = ["/docs", "/openapi"];

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task Every_route_is_described()
    {
        var document = await ReadAsync();
        var described = document.Operations.Select(operation => operation.Name).ToHashSet(StringComparer.Ordinal);

        var mapped = shared.Host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => (method, route)) ?? [])
            .Select(pair => $"{pair.method} /{string.Join('/', pair.route.RoutePattern.PathSegments.Select(segment => Text(segment)))}")
            .Where(name => !_outside.Any(name[name.IndexOf('/', StringComparison.Ordinal)..].StartsWith));

        Assert.Contains("POST /api/dlq/{id}/replay", described);
        Assert.Equal([], mapped.Where(name => !described.Contains(name)));
    }

    [Fact]
    public async Task Every_operation_says_what_it_takes_what_it_answers_and_how_it_refuses_each_with_an_example()
    {
        var faults = new List<string>();
        foreach (var operation in (await ReadAsync()).Operations) faults.AddRange(operation.Faults());
        Assert.Equal([], faults);
    }

    [Fact]
    public async Task Every_example_is_of_its_schema()
    {
        var document = await ReadAsync();
        var faults = new List<string>();
        foreach (var operation in document.Operations)
        {
            foreach (var (place, schema, example) in operation.Examples())
                faults.AddRange(document.Check(schema, example).Select(fault => $"{operation.Name} {place}: {fault}"));
        }

        Assert.Equal([], faults);
    }

    [Fact]
    public async Task Operation_ids_are_unique()
    {
        var ids = (await ReadAsync()).Operations.Select(operation => operation.Id).ToArray();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task What_needs_the_admin_token_says_so()
    {
        await using var host = await ApiHost.StartAsync("Security:AdminToken=a-token-of-some-length");
        foreach (var operation in (await ReadAsync()).Operations.Where(operation => !operation.IsStream))
        {
            var (path, body) = operation.Request("01a20116-5519-70ea-ac93-15dc670728a6");
            var answer = await host.Api.SendAsync(new HttpMethod(operation.Method), path, body);
            Assert.True((answer.Status == 401) == operation.NeedsToken, $"{operation.Name}: {answer}");
        }
    }

    [Fact]
    public async Task The_document_in_docs_is_this_one()
    {
        var text = Pretty((await _api.GetAsync("/openapi/v1.json")).Is(200).Text);
        var path = Document.KeptPath;
        if (Environment.GetEnvironmentVariable("DLQ_UPDATE_CONTRACTS") == "1") await File.WriteAllTextAsync(path, text);

        Assert.True(await File.ReadAllTextAsync(path) == text, $"{path} is out of date: run this test with DLQ_UPDATE_CONTRACTS=1 and commit it.");
    }

    [Fact]
    public async Task The_page_to_try_it_needs_nothing_from_elsewhere()
    {
        using var page = await _api.Http.GetAsync(new Uri("/docs/index.html", UriKind.Relative));
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)page.StatusCode);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        foreach (var asset in new[] { "swagger-ui.css", "swagger-ui-bundle.js", "index.js" }) (await _api.GetAsync("/docs/" + asset)).Is(200);
        (await _api.GetAsync("/docs/nothing")).IsProblem(404, "not-found");
    }

    private static string Text(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
    {
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        _ => "?",
    }));

    private static string Pretty(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(parsed.RootElement, Document.Indented) + "\n";
    }

    private async Task<Document> ReadAsync() => Document.Parse((await _api.GetAsync("/openapi/v1.json")).Is(200).Text);
}
