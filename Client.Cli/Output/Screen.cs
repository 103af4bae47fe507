using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DlqCluster.Cli.Running;
using Spectre.Console;

namespace DlqCluster.Cli.Output;

/// <summary>
/// Shows answers: to people as tables as wide as their terminal, to programs as the JSON that the service sent. Complaints and progress go to
/// standard error, so that what is piped on is the answer alone.
/// </summary>
internal sealed class Screen
{
    private const int MaxWidth = 10_000;

    private static readonly JsonWriterOptions _compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions _pretty = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    private readonly Surroundings _around;

    /// <summary>Makes it.</summary>
    /// <param name="around">Where to.</param>
    /// <param name="json">Whether answers are shown as JSON.</param>
    /// <param name="noColor">Whether there are no colours.</param>
    public Screen(Surroundings around, bool json, bool noColor)
    {
        _around = around;
        IsJson = json;
        Width = Math.Min(around.Width, MaxWidth);
        var plain = noColor || around.Variable("NO_COLOR") is not null || around.Variable("TERM") == "dumb";
        Console = Make(around.Out, around.OutIsTerminal, plain, Width);
        // Progress is as wide as the terminal, wherever the answer goes.
        Progress = Make(around.Error, around.ErrorIsTerminal, plain, around.ErrorIsTerminal && Width == MaxWidth ? 80 : Width);
    }

    /// <summary>Whether answers are shown as JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Columns; very many where there is no terminal.</summary>
    public int Width { get; }

    /// <summary>Standard output.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Whether progress is looked at as it goes: at a terminal.</summary>
    public bool IsWatched => _around.ErrorIsTerminal;

    /// <summary>The time now.</summary>
    public DateTimeOffset Now => _around.Time.GetUtcNow();

    /// <summary>Shows an answer: as it is, or in words.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="inWords">How to show it to people.</param>
    public void Show(JsonElement answer, Action<Screen> inWords)
    {
        if (IsJson) Json(answer);
        else inWords(this);
    }

    /// <summary>Writes JSON: a line for a pipe, indented for a reader.</summary>
    /// <param name="answer">The JSON.</param>
    public void Json(JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.Undefined) return;
        _around.Out.WriteLine(Text(answer, _around.OutIsTerminal));
    }

    /// <summary>Writes JSON on one line, whoever reads it.</summary>
    /// <param name="answer">The JSON.</param>
    public void JsonLine(JsonElement answer) => _around.Out.WriteLine(Text(answer, indented: false));

    /// <summary>JSON as text.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="indented">Whether over many lines.</param>
    public static string Text(JsonElement json, bool indented)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, indented ? _pretty : _compact)) json.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes a line, with colours.</summary>
    /// <param name="markup">The line; what comes from elsewhere in it went through <see cref="Cell.Safe"/>.</param>
    public void Line(string markup = "") => Console.MarkupLine(markup);

    /// <summary>Writes a line for the user alone, not for what reads the answer.</summary>
    /// <param name="markup">The line.</param>
    public void Remark(string markup) => Progress.MarkupLine(markup);

    /// <summary>Writes a line for the user alone, however long, as it is: so that it can be copied.</summary>
    /// <param name="text">The line.</param>
    public void Hint(string text) => _around.Error.WriteLine(text);

    /// <summary>Writes names and values, one a line, without those that have none.</summary>
    /// <param name="pairs">The names and values.</param>
    public void Pairs(params IEnumerable<(string Name, string? Markup)> pairs)
    {
        var shown = pairs.Where(pair => !string.IsNullOrEmpty(pair.Markup)).ToArray();
        if (shown.Length == 0) return;
        if (_around.OutIsTerminal)
        {
            // A long value goes on below its beginning.
            var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn().Padding(0, 0));
            foreach (var (name, markup) in shown) grid.AddRow($"[grey]{name}[/]", markup!);
            Console.Write(grid);
            return;
        }

        var width = shown.Max(pair => pair.Name.Length) + 2;
        foreach (var (name, markup) in shown) Line($"[grey]{name.PadRight(width)}[/]{markup}");
    }

    private static IAnsiConsole Make(TextWriter writer, bool terminal, bool plain, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain || !terminal ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Profile.Width = width;
        return console;
    }
}
