using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DlqCluster.Cli.Running;

/// <summary>Puts the body of a request together. What is null is left out; what is JSON already stays byte for byte as it is.</summary>
internal sealed class Body
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Name, string Json)> _members = [];

    /// <summary>Adds a text.</summary>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value.</param>
    public Body Add(string name, string? value) => value is null ? this : Put(name, Write(writer => writer.WriteStringValue(value)));

    /// <summary>Adds a number.</summary>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value.</param>
    public Body Add(string name, double? value) => value is { } number ? Put(name, Write(writer => writer.WriteNumberValue(number))) : this;

    /// <summary>Adds a yes or no.</summary>
    /// <param name="name">The member.</param>
    /// <param name="value">Its value.</param>
    public Body Add(string name, bool? value) => value is { } yes ? Put(name, yes ? "true" : "false") : this;

    /// <summary>Adds texts.</summary>
    /// <param name="name">The member.</param>
    /// <param name="values">Its values; left out when there are none.</param>
    public Body Add(string name, IReadOnlyCollection<string>? values) => values is not { Count: > 0 } ? this : Put(name, Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }));

    /// <summary>Adds JSON as it is.</summary>
    /// <param name="name">The member.</param>
    /// <param name="json">The JSON; null for none.</param>
    /// <exception cref="CommandFailure">It is no JSON.</exception>
    public Body AddJson(string name, string? json)
    {
        if (json is null) return this;
        CheckJson(name, json);
        return Put(name, json);
    }

    /// <summary>Adds an object, unless it is empty.</summary>
    /// <param name="name">The member.</param>
    /// <param name="inner">The object.</param>
    public Body Add(string name, Body inner) => inner._members.Count == 0 ? this : Put(name, inner.ToString());

    /// <summary>Whether a text is JSON.</summary>
    /// <param name="name">What it is, for the complaint.</param>
    /// <param name="json">The text.</param>
    /// <exception cref="CommandFailure">It is not.</exception>
    public static void CheckJson(string name, string json)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json);
        }
        catch (JsonException error)
        {
            throw CommandFailure.Usage($"The {name} is not JSON: {error.Message} A text needs its quotes: '\"text\"'.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(',', _members.Select(member => Write(writer => writer.WriteStringValue(member.Name)) + ":" + member.Json))}}}";

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, _options)) write(writer);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private Body Put(string name, string json)
    {
        _members.Add((name, json));
        return this;
    }
}
