using System.Diagnostics;
using System.Text.Json;

namespace DlqCluster.Cli.Tests;

/// <summary>The scripts, as a schedule would run them.</summary>
public sealed class ScriptTests(Support.SharedService shared) : IClassFixture<Support.SharedService>
{
    [Fact]
    [Trait("Spec", "UI2")]
    public async Task Letters_are_looked_at_and_replayed_by_the_scripts()
    {
        await shared.MendedLettersAsync("scripted", 2);
        var (looked, look) = await RunAsync("replay-dlq.sh", "--source", "scripted", "--error-type", "TIMEOUT_ERROR", "--start-date", "2020-01-01", "--end-date", "2099-01-01", "--batch-size", "10", "--dry-run", "--json");
        Assert.Equal(0, looked);
        Assert.Equal(2, JsonDocument.Parse(look).RootElement.GetProperty("matched").GetInt32());
        var (replayed, job) = await RunAsync("replay-dlq.sh", "--source", "scripted", "--json");
        Assert.Equal(0, replayed);
        Assert.Equal(2, JsonDocument.Parse(job).RootElement.GetProperty("delivered").GetInt32());
    }

    [Fact]
    public async Task The_health_check_exits_as_the_service_is()
    {
        Assert.Equal(0, (await RunAsync("health-check.sh", "--strict")).Code);
        Assert.Equal(5, (await RunAsync("health-check.sh", "--url", "http://127.0.0.1:9")).Code);
    }

    [Fact]
    public async Task The_analysis_has_the_numbers_and_the_groups()
    {
        await shared.LetterAsync("analysed");
        var (code, text) = await RunAsync("analyze-dlq.sh", "--by", "source");
        Assert.Equal(0, code);
        Assert.Contains("dlq_manual", text, StringComparison.Ordinal);
        Assert.Contains("analysed", text, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("analyze-dlq.sh", "--json")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void The_script_for_powershell_knows_the_same_flags()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "scripts/replay-dlq.ps1"));
        var known = Tool.Build(new Running.Runner(Running.Surroundings.OfProcess())).Subcommands.Single(command => command.Name == "replay").Options
            .SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet(StringComparer.Ordinal);
        var used = System.Text.RegularExpressions.Regex.Matches(script, "'(--[a-z-]+)'").Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.True(used.Length > 7);
        Assert.Equal([], used.Where(flag => !known.Contains(flag)));
    }

    private async Task<(int Code, string Text)> RunAsync(string script, params string[] args)
    {
        var info = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "scripts", script), .. args]) { RedirectStandardOutput = true };
        using var folder = new Api.Tests.Support.TempDirectory();
        info.Environment["PATH"] = Support.InstalledTool.In(folder.Path) + ":" + Environment.GetEnvironmentVariable("PATH");
        info.Environment["DLQ_URL"] = shared.Host.Api.Address.ToString();
        using var process = Process.Start(info)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text);
    }
}
