using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace DlqCluster.Cli.Output;

/// <summary>Turns values into what stands in a table.</summary>
internal static class Cell
{
    /// <summary>What stands where there is nothing.</summary>
    public const string Nothing = "-";

    private const string StatusPrefix = "dlq_";

    /// <summary>
    /// A text from elsewhere, safe on a terminal: on one line and without control characters, which could move the cursor or change what was
    /// written before.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            clean.Append(hidden ? " " : rune.ToString());
        }

        return clean.ToString();
    }

    /// <summary>A text from elsewhere, safe within markup.</summary>
    /// <param name="text">The text.</param>
    public static string Safe(string? text) => Markup.Escape(Clean(text));

    /// <summary>A member of a JSON object as text; a path such as <c>metadata.source</c> goes down.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member.</param>
    public static string Text(JsonElement json, string path) => Find(json, path) is { } value ? Text(value) : "";

    /// <summary>A JSON value as text: nothing for null.</summary>
    /// <param name="value">The value.</param>
    public static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        JsonValueKind.String => Clean(value.GetString()),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Number => value.GetRawText(),
        _ => Clean(Screen.Text(value, indented: false)),
    };

    /// <summary>A member of a JSON object; null when there is none, or it is null.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member.</param>
    public static JsonElement? Find(JsonElement json, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json)) return null;
        }

        return json.ValueKind == JsonValueKind.Null ? null : json;
    }

    /// <summary>The entries of a list; none when there is no list.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The list.</param>
    public static IReadOnlyList<JsonElement> List(JsonElement json, string path = "data") =>
        Find(json, path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    /// <summary>A number; 0 when there is none.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member.</param>
    public static double Number(JsonElement json, string path) => Find(json, path) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : 0;

    /// <summary>A number with its thousands apart.</summary>
    /// <param name="number">The number.</param>
    public static string Number(double number) => number.ToString(number == Math.Floor(number) ? "N0" : "N1", CultureInfo.InvariantCulture);

    /// <summary>How many of something there are: <c>1 letter</c>, <c>2 letters</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">What one of them is called; more of them have an s at its end.</param>
    public static string Count(double number, string one) => number == 1 ? $"1 {one}" : $"{Number(number)} {one}s";

    /// <summary>A share in percent.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member.</param>
    public static string Percent(JsonElement json, string path) =>
        Find(json, path) is { ValueKind: JsonValueKind.Number } number ? (number.GetDouble() * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %" : "";

    /// <summary>A letter's status without what all of them begin with.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The member.</param>
    public static string Status(JsonElement json, string path = "status")
    {
        var status = Text(json, path);
        return status.StartsWith(StatusPrefix, StringComparison.Ordinal) ? status[StatusPrefix.Length..] : status;
    }

    /// <summary>A colour for a state.</summary>
    /// <param name="state">The state.</param>
    public static string Colour(string state) => state switch
    {
        "healthy" or "ready" or "live" or "CLOSED" or "delivered" or "resolved" or "completed" or "success" or "done" or "accepted" or "sending" => "green",
        "unhealthy" or "OPEN" or "deadLettered" or "failed" or "stopped" or "permanentFailure" or "regressed" or "rejected" or "refused" or "secrets lost" => "red",
        "degraded" or "draining" or "HALF_OPEN" or "retrying" or "parked" or "manual" or "paused" or "waiting" or "transientFailure" or "yes" => "yellow",
        "pending" or "processing" or "running" or "scheduled" or "active" => "cyan",
        _ => "default",
    };

    /// <summary>A state in its colour.</summary>
    /// <param name="state">The state.</param>
    public static string State(string state) => $"[{Colour(state)}]{Safe(state)}[/]";
}
