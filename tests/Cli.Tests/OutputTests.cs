using System.Text.Json;
using System.Text.RegularExpressions;
using DlqCluster.Cli.Commands;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Tests.Support;

namespace DlqCluster.Cli.Tests;

/// <summary>What is shown fits, can be parsed, and cannot hurt a terminal.</summary>
public sealed class OutputTests(SharedService shared) : IClassFixture<SharedService>
{
    private const char Escape = '\u001b';

    private readonly Dlq _dlq = Dlq.At(shared.Host);

    public static TheoryData<string> Lists => ["list", "groups", "replays", "breaker", "downstream", "lanes", "audit", "config", "keys", "me", "stats", "health", "actors", "replay --all --dry-run"];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Every_list_fits_a_terminal_of_80_columns(string command)
    {
        await shared.LetterAsync("a-source-with-a-name-that-is-quite-long-as-such-names-go");
        _dlq.Terminal = 80;
        _dlq.Variables["NO_COLOR"] = "1";
        var ended = (await _dlq.RunAsync(command.Split(' '))).Is(ExitCode.Done);
        Assert.Equal([], Printed(ended.Out).Where(line => line.TrimEnd().Length > 80));
        Assert.NotEmpty(ended.Out);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Every_answer_is_one_json_document_when_json_is_asked_for(string command)
    {
        var ended = (await _dlq.RunAsync([.. command.Split(' '), "--json"])).Is(ExitCode.Done);
        Assert.Equal(JsonValueKind.Object, ended.Json.ValueKind);
        Assert.Empty(ended.Error);
    }

    [Theory]
    [InlineData(false, false, "sending")]
    [InlineData(true, false, "paused")]
    [InlineData(false, true, "secrets lost")]
    [InlineData(true, true, "secrets lost")]
    public void The_list_of_downstreams_says_whether_one_is_sent_anything_and_if_not_why(bool paused, bool secretsLocked, string said)
    {
        var row = JsonSerializer.SerializeToElement(new { paused, secretsLocked });
        var column = Assert.Single(DownstreamCommands.Columns, column => column.Title == "DELIVERY");
        Assert.Equal(said, column.Value(row));
        Assert.Equal(0, column.LeaveOut);
    }

    // What is left when the terminal has obeyed.
    private static string[] Printed(string text) => Regex.Replace(text, "\u001b\\[[0-9;?]*[A-Za-z]", "").Split('\n', '\r');

    [Fact]
    public async Task What_is_long_goes_on_below_its_beginning_and_no_word_is_broken()
    {
        const string url = "https://a-host-with-a-long-name.in.a-region.example.com/hooks/that/have/long/paths/and?more=of&the=same";
        _dlq.Terminal = 80;
        _dlq.Variables["NO_COLOR"] = "1";
        var shown = Printed((await _dlq.RunAsync("downstream", "set", "long", "--target-url", url)).Is(ExitCode.Done).Out).Select(line => line.TrimEnd()).ToArray();
        var begin = Array.FindIndex(shown, line => line.StartsWith("url ", StringComparison.Ordinal));
        var below = shown.Skip(begin + 1).TakeWhile(line => line.StartsWith("      ", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(below);
        Assert.Equal(url, shown[begin]["url".Length..].Trim() + string.Concat(below.Select(line => line.Trim())));
        Assert.Contains(shown, line => line.StartsWith("breaker.openMs ", StringComparison.Ordinal));
        Assert.All(shown, line => Assert.True(line.Length <= 80, line));

        var refused = await _dlq.RunAsync("get", "nothing");
        var words = Printed(refused.Error).Where(line => line.Length > 0).ToArray();
        Assert.Equal("dlq: No message has the id 'nothing', or it ended so long ago that it is forgotten.", string.Join(' ', words.Select(line => line.Trim())));
        Assert.True(words.Length == 2 && words.All(line => line.Length <= 80));
    }

    [Fact]
    public async Task A_pipe_gets_no_colours_and_nothing_is_cut()
    {
        var source = new string('s', 120);
        await shared.LetterAsync(source);
        var ended = await _dlq.RunAsync("list", "--source", source);
        Assert.DoesNotContain(Escape, ended.Out);
        Assert.Contains(source, ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_go_with_no_color()
    {
        _dlq.Terminal = 100;
        _dlq.Variables["NO_COLOR"] = "1";
        Assert.DoesNotContain($"{Escape}[3", (await _dlq.RunAsync("health")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_from_elsewhere_cannot_move_the_cursor()
    {
        var id = await shared.LetterAsync("bad\\u202esource [red]x[/]");
        var shown = (await _dlq.RunAsync("show", id)).Is(ExitCode.Done).Out;
        Assert.DoesNotContain('\u202e', shown);
        Assert.Contains("[red]x[/]", shown, StringComparison.Ordinal);
        Assert.Equal("a b  c", Cell.Clean($"a\nb{Escape}\rc"));
    }

    [Fact]
    public void The_least_important_columns_go_first_and_one_is_cut()
    {
        var rows = new[] { JsonDocument.Parse("""{"id":"12345678901234567890","kind":"aaaaaaaaaa","text":"a sentence that is longer than what is left of the line"}""").RootElement };
        Column[] columns = [Column.Of("ID", "id"), Column.Of("KIND", "kind") with { LeaveOut = 1 }, Column.Of("TEXT", "text") with { Takes = true }];
        string[] Draw(int width)
        {
            using var text = new StringWriter();
            Table.Write(new Screen(new Running.Surroundings { Out = text, Error = text, In = () => Stream.Null, OutBytes = () => Stream.Null, Environment = _ => null, Width = width }, false, true), rows, columns);
            return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        Assert.Equal(["ID                    KIND        TEXT", "12345678901234567890  aaaaaaaaaa  a sentence that …"], Draw(51).Select(line => line.TrimEnd()));
        Assert.Equal(["ID                    TEXT", "12345678901234567890  a sentence that i…"], Draw(40).Select(line => line.TrimEnd()));
        Assert.All(Draw(20), line => Assert.True(line.TrimEnd().Length <= 20, line));
    }

    [Fact]
    public async Task Watching_through_a_pipe_is_a_line_of_json_a_look()
    {
        var ended = (await _dlq.RunAsync("watch", "--count", "2", "--interval", "0.1")).Is(ExitCode.Done);
        Assert.Equal(2, ended.Lines.Count);
        Assert.All(ended.Lines, line => Assert.Equal("healthy", line.GetProperty("system").GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Watching_at_a_terminal_draws_what_fits()
    {
        _dlq.Terminal = 80;
        _dlq.Variables["NO_COLOR"] = "1";
        var ended = (await _dlq.RunAsync("watch", "--count", "1")).Is(ExitCode.Done);
        Assert.Contains("dlq watch", ended.Out, StringComparison.Ordinal);
        Assert.Contains("Dead letters", ended.Out, StringComparison.Ordinal);
        Assert.Equal([], Printed(ended.Out).Where(line => line.TrimEnd().Length > 80));
    }
}
