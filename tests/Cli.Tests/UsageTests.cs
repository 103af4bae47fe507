using System.Text.Json;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Running;
using DlqCluster.Cli.Tests.Support;

namespace DlqCluster.Cli.Tests;

/// <summary>What goes wrong says so, in words and in the exit code.</summary>
public sealed class UsageTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Nobody = "01a20116-5519-70ea-ac93-15dc670728a6";

    private readonly Dlq _dlq = Dlq.At(shared.Host);

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    [InlineData("list --error-type NO_SUCH_TYPE")]
    [InlineData("list --limit 0")]
    [InlineData("list --limit many")]
    [InlineData("list --start-date yesterday")]
    [InlineData("list --nonsense")]
    [InlineData("show")]
    [InlineData("replay")]
    [InlineData("replay some --all --source other")]
    [InlineData("discard some")]
    [InlineData("send")]
    [InlineData("send not-json")]
    [InlineData("breaker open default")]
    [InlineData("load --count 100000001")]
    [InlineData("list --url not-an-address")]
    [InlineData("completion tcsh")]
    public async Task A_command_line_that_makes_no_sense_is_2_and_asks_nothing(string command)
    {
        var ended = (await _dlq.RunAsync(command.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Is(ExitCode.Usage);
        Assert.StartsWith("dlq: ", ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Out);
    }

    [Fact]
    public async Task A_wrong_flag_is_named_and_not_what_follows_it() =>
        Assert.StartsWith("dlq: Unrecognized command or argument '--colour'. See dlq list --help.", (await _dlq.RunAsync("list", "--colour", "red")).Is(ExitCode.Usage).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("get " + Nobody)]
    [InlineData("show " + Nobody)]
    [InlineData("replay " + Nobody)]
    [InlineData("replays show " + Nobody)]
    [InlineData("breaker show nobody")]
    [InlineData("downstream show nobody")]
    [InlineData("pause nobody")]
    public async Task What_is_not_there_is_3(string command) => (await _dlq.RunAsync(command.Split(' '))).Is(ExitCode.NotFound);

    [Fact]
    public async Task What_the_service_refuses_is_4_with_its_reasons()
    {
        var ended = (await _dlq.RunAsync("send", "1", "--target", "nobody")).Is(ExitCode.Refused);
        Assert.Contains("nobody", ended.Error, StringComparison.Ordinal);
        Assert.Contains("target names no downstream", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_json_where_json_was_asked_for()
    {
        var ended = (await _dlq.RunAsync("send", "1", "--target", "nobody", "--json")).Is(ExitCode.Refused);
        using var told = JsonDocument.Parse(ended.Error);
        Assert.Equal(4, told.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal("/problems/unknown-target", told.RootElement.GetProperty("problem").GetProperty("type").GetString());
        Assert.Empty(ended.Out);
    }

    [Fact]
    public async Task A_wrong_credential_is_refused_and_the_right_one_is_not()
    {
        await using var host = await ApiHost.StartAsync("Security:AdminToken=a-token-of-some-length");
        (await Dlq.At(host).RunAsync("pause")).Is(ExitCode.Refused);
        (await Dlq.At(host).RunAsync("pause", "--key", "wrong")).Is(ExitCode.Refused);
        (await Dlq.At(host).RunAsync("pause", "--key", "a-token-of-some-length")).Is(ExitCode.Done);
        var dlq = Dlq.At(host);
        dlq.Variables["DLQ_API_KEY"] = "a-token-of-some-length";
        (await dlq.RunAsync("resume")).Is(ExitCode.Done);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_5()
    {
        var ended = (await new Dlq(new Uri("http://127.0.0.1:9/")).RunAsync("list")).Is(ExitCode.Unreachable);
        Assert.Contains("http://127.0.0.1:9/ cannot be reached", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_win_over_the_environment_and_that_over_the_file()
    {
        using var home = new TempDirectory();
        Directory.CreateDirectory(Path.Combine(home.Path, ".config/dlq"));
        await File.WriteAllTextAsync(Path.Combine(home.Path, ".config/dlq/config.json"), """{"url":"http://127.0.0.1:9/","operator":"filed"}""");
        var here = shared.Host.Api.Address.ToString();

        var byFile = new Dlq(null);
        byFile.Variables["HOME"] = home.Path;
        (await byFile.RunAsync("stats")).Is(ExitCode.Unreachable);
        byFile.Variables["DLQ_URL"] = here;
        (await byFile.RunAsync("stats")).Is(ExitCode.Done);
        byFile.Variables["DLQ_URL"] = "http://127.0.0.1:9/";
        (await byFile.RunAsync("stats", "--url", here)).Is(ExitCode.Done);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_says_what_is_wrong_with_it()
    {
        using var home = new TempDirectory();
        Directory.CreateDirectory(Path.Combine(home.Path, "dlq"));
        await File.WriteAllTextAsync(Path.Combine(home.Path, "dlq/config.json"), """{"adress":"x"}""");
        _dlq.Variables["XDG_CONFIG_HOME"] = home.Path;
        Assert.Contains("'adress' is not known", (await _dlq.RunAsync("stats")).Is(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_nobody_is_asked_and_nothing_is_done_unasked()
    {
        await shared.LetterAsync("unasked");
        var ended = (await _dlq.RunAsync("replay", "--source", "unasked")).Is(ExitCode.Usage);
        Assert.Contains("--yes", ended.Error, StringComparison.Ordinal);
        (await _dlq.RunAsync("discard", "--source", "unasked", "--reason", "void")).Is(ExitCode.Usage);
        Assert.Equal(1, (await _dlq.JsonAsync("list", "--source", "unasked", "--status", "manual")).GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("2026-11-21", false, "2026-11-21T00:00:00.000Z")]
    [InlineData("2026-11-21", true, "2026-11-22T00:00:00.000Z")]
    [InlineData("2026-11-21T22:00:00+02:00", false, "2026-11-21T20:00:00.000Z")]
    [InlineData("2026-11-21T22:00:00", false, "2026-11-21T22:00:00.000Z")]
    [InlineData("90m", false, "2026-11-21T22:30:00.000Z")]
    [InlineData("7d", true, "2026-11-15T00:00:00.000Z")]
    public void Times_are_read_as_people_type_them(string text, bool endOfDay, string expected) =>
        Assert.Equal(expected, When.Read(text, new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), endOfDay: endOfDay));

    [Fact]
    public async Task Every_command_has_help_that_fits_80_columns()
    {
        foreach (var command in Tool.Build(new Runner(Surroundings.OfProcess())).Subcommands)
        {
            var help = (await _dlq.RunAsync(command.Name, "--help")).Is(ExitCode.Done).Out;
            Assert.Contains("Usage:", help, StringComparison.Ordinal);
            Assert.False(string.IsNullOrEmpty(command.Description));
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_scripts_ask_the_command_itself(string shell) =>
        Assert.Contains("[suggest:", (await _dlq.RunAsync("completion", shell)).Is(ExitCode.Done).Out, StringComparison.Ordinal);

    [Fact]
    public async Task The_command_tells_shells_what_may_follow()
    {
        Assert.Equal(["replay", "replays"], (await _dlq.RunAsync("[suggest:8]", "dlq repl")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Contains("--error-type", (await _dlq.RunAsync("[suggest:14]", "dlq list --err")).Out, StringComparison.Ordinal);
    }
}
