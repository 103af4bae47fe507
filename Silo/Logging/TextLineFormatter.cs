using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DlqCluster.Silo.Logging;

/// <summary>One line for people: when, how bad, which event, what; and which message it is about, where the text does not say.</summary>
/// <param name="time">The clock.</param>
internal sealed class TextLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>What the console's options call it.</summary>
    public const string FormatterName = "dlq-text";

    private static readonly string[] _shown = ["messageId", "correlationId", "downstream", "attempt"];

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        // Written in one piece: what a half of a line would leave behind would begin the next one.
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var line = new StringBuilder()
            .Append(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture))
            .Append(CultureInfo.InvariantCulture, $"{Word(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {OneLine(text)}");
        foreach (var (name, value) in LogFields.Of(logEntry, scopeProvider, []))
        {
            var word = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            if (_shown.Contains(name) && !text.Contains(word, StringComparison.Ordinal)) line.Append(CultureInfo.InvariantCulture, $" {name}={OneLine(word)}");
        }

        if (logEntry.Exception is { } exception) line.Append(' ').Append(OneLine(LogFields.TextOf(exception)));
        textWriter.WriteLine(line);
    }

    // Nobody's text may look like a line of ours.
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
