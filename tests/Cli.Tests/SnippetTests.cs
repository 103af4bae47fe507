using System.Text.Json;
using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.OpenApi;

namespace DlqCluster.Cli.Tests;

/// <summary>No block of the manual is there untested without a reason.</summary>
[Trait("Spec", "UI3")]
public sealed partial class SnippetTests
{
    private const string StartsTheService = "Starts the service, as the tests of the whole process do.";
    private const string Measures = "Takes many minutes of a quiet machine.";
    private const string NeedsServers = "Needs Redis and MongoDB; the cluster's tests start the same processes with the same settings.";
    private const string NeedsKubernetes = "Needs Kubernetes; the chart's tests render and check what this would install.";
    private const string Picture = "A picture.";

    // By the document and the beginning of the block.
    private static readonly (string Document, string Start, string Reason)[] _untested =
    [
        ("README.md", " POST /api/messages ──►", Picture),
        ("README.md", "dotnet run --project Silo -c Release", StartsTheService),
        ("README.md", "Downstreams__default__Kind=http", StartsTheService),
        ("README.md", "dotnet test", "It would run itself."),
        ("docs/cli.md", "dotnet pack Client.Cli", "Installs into the home directory of whoever runs the tests."),
        ("docs/cluster.md", "dotnet build Silo -c Release -p:Engine=Orleans", "CI builds this engine, and says so when it could not."),
        ("docs/cluster.md", "dotnet artifacts/Orleans/bin/Silo/release/DlqCluster.Silo.dll", StartsTheService),
        ("docs/cluster.md", "redis-server --port 6379", NeedsServers),
        ("docs/cluster.md", "MONGODB_URI=mongodb://127.0.0.1:27017/?replicaSet=rs0 dotnet test", NeedsServers),
        ("docs/concepts.md", "flowchart TD", Picture),
        ("docs/deploy.md", "for image in embedded api silo; do docker build", "Needs Docker."),
        ("docs/deploy.md", "kind load docker-image", NeedsKubernetes),
        ("docs/deploy.md", "kubectl create namespace delivery", NeedsKubernetes),
        ("docs/deploy.md", "rules:\n  external:", "Configures another program, prometheus-adapter."),
        ("docs/deploy.md", "kubectl -n delivery scale statefulset", NeedsKubernetes),
        ("docs/deploy.md", "upgrade() { helm upgrade dlq", NeedsKubernetes),
        ("docs/faq.md", "npx openapi-typescript docs/openapi.json", "The web console's build runs this generator on the same document."),
        ("docs/getting-started.md", "dotnet run --project Silo -c Release", StartsTheService),
        ("docs/getting-started.md", "dotnet pack Client.Cli", "Installs into the home directory of whoever runs the tests."),
        ("docs/guarantees.md", "dotnet run -c Release --project tests/Simulation.Tests", "Takes an hour; a test runs fewer seeds."),
        ("docs/performance.md", "dotnet run --project benchmarks/Harness", Measures),
        ("docs/performance.md", "dotnet build Silo -c Release && cp", Measures),
        ("docs/performance.md", "dotnet run --project benchmarks/Micro", Measures),
    ];

    [Fact]
    public void Every_block_is_run_compiled_or_checked_or_has_a_reason_not_to_be()
    {
        var blocks = Documents().SelectMany(document => Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, document)))
            .Select(match => (Document: document, Kind: match.Groups[1].Value, Text: match.Groups[2].Value))).ToArray();
        var untested = blocks.Where(block => block.Kind is not ("sh runnable" or "csharp compiled") && !block.Kind.StartsWith("json ", StringComparison.Ordinal)).ToArray();

        Assert.True(blocks.Length > untested.Length + 15);
        Assert.Equal([], untested.Where(block => !_untested.Any(known => Is(known, block.Document, block.Text))).Select(block => $"{block.Document}: {block.Text}"));
        Assert.Equal([], _untested.Where(known => !untested.Any(block => Is(known, block.Document, block.Text))));
    }

    [Fact]
    public void Json_in_the_manual_is_of_the_schema_that_it_names()
    {
        var checks = 0;
        foreach (var document in Documents())
        {
            foreach (var block in Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))).Where(block => block.Groups[1].Value.StartsWith("json ", StringComparison.Ordinal)))
            {
                using var schema = JsonDocument.Parse($$"""{"$ref":"#/components/schemas/{{block.Groups[1].Value["json ".Length..]}}"}""");
                using var value = JsonDocument.Parse(block.Groups[2].Value);
                Assert.Equal([], Document.Kept.Check(schema.RootElement, value.RootElement).Select(fault => $"{document}: {fault}"));
                checks++;
            }
        }

        Assert.True(checks >= 3);
    }

    private static IEnumerable<string> Documents() =>
        Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Select(path => Path.GetRelativePath(Repository.Root, path));

    private static bool Is((string Document, string Start, string Reason) known, string document, string text) =>
        known.Document == document && text.StartsWith(known.Start, StringComparison.Ordinal);

    [GeneratedRegex("^```([^\n]*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
