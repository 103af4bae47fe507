using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Cli.Tests;

/// <summary>What tools that know nothing of this service make of its API document. Without Node, or its packages, they are skipped.</summary>
[Trait("Spec", "UI3")]
public sealed class ApiDocumentTests
{
    // Far more than they ever need.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    private static readonly string _folder = Path.Combine(Repository.Root, "tests/Cli.Tests/ApiDocument");
    private static readonly Lazy<string?> _trouble = new(Install);

    [Fact]
    public void A_linter_finds_nothing_wrong_with_it()
    {
        Assert.SkipWhen(_trouble.Value is not null, _trouble.Value ?? "");
        var (code, text) = Run("npm", "run", "lint");
        Assert.True(code == 0, text);
    }

    [Fact]
    public async Task A_client_that_is_generated_from_it_compiles_and_works()
    {
        Assert.SkipWhen(_trouble.Value is not null, _trouble.Value ?? "");
        foreach (var step in new[] { "client", "compile" })
        {
            var (code, text) = Run("npm", "run", step);
            Assert.True(code == 0, text);
        }

        await using var host = await ApiHost.StartAsync("Retry:MaxRetries=0");
        var (ended, output) = Run("node", "built/use.js", host.Api.Address.ToString().TrimEnd('/'));

        Assert.True(ended == 0, output);
        var did = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("deadLettered", 1), (did.GetProperty("state").GetString(), did.GetProperty("attempts").GetInt32()));
        Assert.Equal("""[["eu"]]""", did.GetProperty("letters").GetRawText());
        Assert.Equal("/problems/unknown-target", did.GetProperty("refused").GetString());
    }

    // What is installed stays as long as the lock file does.
    private static string? Install()
    {
        var installed = new FileInfo(Path.Combine(_folder, "node_modules/.package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc > File.GetLastWriteTimeUtc(Path.Combine(_folder, "package-lock.json"))) return null;
        try
        {
            var (code, text) = Run("npm", "ci", "--prefer-offline", "--loglevel=error");
            return code == 0 ? null : "Its packages could not be installed: " + text;
        }
        catch (Win32Exception)
        {
            return "Node.js is not installed.";
        }
    }

    private static (int Code, string Text) Run(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        info.Environment["REDOCLY_TELEMETRY"] = "off";
        info.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(_limit)) process.Kill(entireProcessTree: true);
        return process.ExitCode == 0 ? (0, output) : (process.ExitCode, output + error.Result);
    }
}
