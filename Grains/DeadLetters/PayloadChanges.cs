using System.Globalization;
using System.Text.Json;
using DlqCluster.Messages;

namespace DlqCluster.DeadLetters;

/// <summary>Where two payloads differ, member by member and element by element. No clock, no input or output.</summary>
internal static class PayloadChanges
{
    private const string Ellipsis = "…";

    /// <summary>The differences, in the order of the original and then of what was added.</summary>
    /// <param name="original">What was accepted.</param>
    /// <param name="edited">What is sent instead.</param>
    /// <param name="limit">The most to tell.</param>
    /// <param name="length">Where values are cut, in characters.</param>
    public static IReadOnlyList<PayloadChange> Between(Payload original, Payload edited, int limit, int length)
    {
        using var before = Read(original);
        using var after = Read(edited);
        var changes = new List<PayloadChange>();
        // Not by recursion: payloads nest as deep as ingest allows.
        var left = new Stack<(string Path, JsonElement? From, JsonElement? To)>();
        left.Push(("", before?.RootElement, after?.RootElement));
        while (changes.Count < limit && left.TryPop(out var pair))
        {
            if (pair is { From: { } from, To: { } to } && Parts(pair.Path, from, to) is { } parts)
            {
                foreach (var part in parts.Reverse()) left.Push(part);
            }
            else if (!Same(pair.From, pair.To))
            {
                changes.Add(new PayloadChange(pair.Path, Text(pair.From, length), Text(pair.To, length)));
            }
        }

        return changes;
    }

    private static JsonDocument? Read(Payload payload) =>
        payload.IsEmpty ? null : JsonDocument.Parse(payload.Utf8, new JsonDocumentOptions { MaxDepth = Payload.MaxDepth });

    /// <summary>What two values of the same kind are made of, side by side; null when they are to be compared as they are.</summary>
    private static IEnumerable<(string Path, JsonElement? From, JsonElement? To)>? Parts(string path, JsonElement from, JsonElement to) =>
        (from.ValueKind, to.ValueKind) switch
        {
            (JsonValueKind.Object, JsonValueKind.Object) => Members(path, from, to),
            (JsonValueKind.Array, JsonValueKind.Array) => Elements(path, from, to),
            _ => null,
        };

    private static List<(string, JsonElement?, JsonElement?)> Members(string path, JsonElement from, JsonElement to)
    {
        var before = Named(from);
        var after = Named(to);
        return
        [
            .. before.Select(member => (Step(path, member.Key), (JsonElement?)member.Value, Find(after, member.Key))),
            .. after.Where(member => !before.ContainsKey(member.Key)).Select(member => (Step(path, member.Key), (JsonElement?)null, (JsonElement?)member.Value)),
        ];
    }

    // Of a name that is there twice the last counts, as it does for nearly every reader.
    private static Dictionary<string, JsonElement> Named(JsonElement value)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject()) members[Name(member)] = member.Value;
        return members;
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // JSON can escape half of a character, which is no text.
            return "?";
        }
    }

    private static JsonElement? Find(Dictionary<string, JsonElement> members, string name) => members.TryGetValue(name, out var value) ? value : null;

    private static IEnumerable<(string, JsonElement?, JsonElement?)> Elements(string path, JsonElement from, JsonElement to)
    {
        var (before, after) = (from.GetArrayLength(), to.GetArrayLength());
        return Enumerable.Range(0, Math.Max(before, after)).Select(i => (
            Step(path, i.ToString(CultureInfo.InvariantCulture)),
            i < before ? from[i] : (JsonElement?)null,
            i < after ? to[i] : (JsonElement?)null));
    }

    private static bool Same(JsonElement? from, JsonElement? to) =>
        from is { } before && to is { } after && before.ValueKind == after.ValueKind && before.GetRawText() == after.GetRawText();

    private static string? Text(JsonElement? value, int length)
    {
        if (value is not { } some) return null;
        var text = some.GetRawText();
        return text.Length <= length ? text : text[..length] + Ellipsis;
    }

    private static string Step(string path, string name) =>
        path + "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
