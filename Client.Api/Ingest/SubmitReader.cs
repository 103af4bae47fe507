using System.Text.Json;
using System.Text.Unicode;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Ingest;

/// <summary>Reads the body of a single submit.</summary>
internal static class SubmitReader
{
    private const string MaxBodyBytes = "Ingest:MaxBodyBytes";

    /// <summary>Reads one message.</summary>
    /// <param name="request">The request.</param>
    /// <param name="intake">Knows the limits.</param>
    /// <returns>The message, which may be a refusal.</returns>
    public static async ValueTask<MessageDraft> ReadAsync(HttpRequest request, MessageIntake intake)
    {
        var limits = intake.Limits;
        if (!MediaTypes.IsJson(request.ContentType)) return Refused(Problem.UnsupportedMediaType(MediaTypes.Json));
        using var body = await RequestBody.ReadAsync(request, limits.MaxBodyBytes);
        return body.IsTooLarge ? Refused(Problem.BodyTooLarge(limits.MaxBodyBytes, MaxBodyBytes)) : Parse(body.Span, limits.MaxDepth, limits.MaxTags);
    }

    /// <summary>Reads one message from JSON text that holds nothing else.</summary>
    /// <param name="json">The text.</param>
    /// <param name="maxDepth">Deepest nesting.</param>
    /// <param name="maxTags">How many labels to keep.</param>
    public static MessageDraft Parse(ReadOnlySpan<byte> json, int maxDepth, int maxTags)
    {
        // The JSON reader lets bytes that are no UTF-8 pass inside strings, and what is stored must be served again.
        if (!Utf8.IsValid(json)) return Refused(Problem.Malformed("It is not UTF-8."));
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            reader.Read();
            var draft = MessageReader.Read(ref reader, json, maxTags);
            // Anything but white space after the value throws.
            reader.Read();
            return draft;
        }
        catch (JsonException error)
        {
            return Refused(Problem.Malformed(Where(error, maxDepth)));
        }
    }

    /// <summary>Says where JSON is broken.</summary>
    /// <param name="error">The reader's error.</param>
    /// <param name="maxDepth">The deepest nesting that it allowed.</param>
    public static string Where(JsonException error, int maxDepth) =>
        $"At line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1} it breaks off, is no JSON, or is nested deeper than {maxDepth} levels (Ingest:MaxDepth).";

    private static MessageDraft Refused(ApiProblem problem) => new() { Refusal = problem };
}
