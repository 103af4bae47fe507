using System.Diagnostics;
using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DlqCluster.Cli.Tests;

/// <summary>What the manual says works: its commands run, its code compiles, its links lead somewhere.</summary>
public sealed partial class DocumentTests
{
    private const string Address = "http://127.0.0.1:3000";

    // What a web project imports by itself.
    private const string Imports = """
        global using System; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading;
        global using System.Threading.Tasks; global using System.Collections.Generic; global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Hosting;
        """;

    public static TheoryData<string> Documents => [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Append(Path.Combine(Repository.Root, "Client.Cli", "README.md"))
        .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task The_commands_in_it_run_as_they_stand(string document)
    {
        var script = string.Join('\n', Runnable().Matches(Read(document)).Select(match => match.Groups[1].Value));
        if (script.Length == 0) return;
        Assert.SkipUnless(File.Exists("/usr/bin/jq") && File.Exists("/usr/bin/curl"), "jq or curl is not installed.");
        await using var host = await ApiHost.StartAsync("Retry:BaseBackoffMs=20");
        using var folder = new TempDirectory();
        var (code, text) = await RunAsync(folder.Path, host.Api.Address, script.Replace(Address, host.Api.Address.ToString().TrimEnd('/'), StringComparison.Ordinal));
        Assert.True(code == 0, text);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void The_code_in_it_compiles(string document)
    {
        foreach (Match block in Compiled().Matches(Read(document)))
        {
            var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
            var source = block.Groups[1].Value;
            var isProgram = source.Contains("app.Run()", StringComparison.Ordinal);
            var options = new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
            var parsed = new[] { source, Imports }.Select(text => CSharpSyntaxTree.ParseText(text));
            var faults = CSharpCompilation.Create("document", parsed, references, options).GetDiagnostics().Where(fault => fault.Severity == DiagnosticSeverity.Error);
            Assert.Equal([], faults.Select(fault => fault.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Its_links_lead_to_files_that_are_there(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var links = Link().Matches(Read(document)).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith('#'));
        Assert.Equal([], links.Where(link => !Path.Exists(Path.Combine(folder, link.Split('#')[0]))));
    }

    private static string Read(string document) => File.ReadAllText(Path.Combine(Repository.Root, document));

    private static async Task<(int Code, string Text)> RunAsync(string folder, Uri service, string script)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "snippet.sh"), "set -euo pipefail\nexec 2>&1\n" + script);
        var info = new ProcessStartInfo("bash", ["snippet.sh"]) { RedirectStandardOutput = true, WorkingDirectory = folder };
        info.Environment["PATH"] = InstalledTool.In(folder) + ":" + Environment.GetEnvironmentVariable("PATH");
        info.Environment["DLQ_URL"] = service.ToString();
        using var process = Process.Start(info)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var text = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, text);
    }

    [GeneratedRegex("^```sh runnable\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Runnable();

    [GeneratedRegex("^```csharp compiled\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Compiled();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
