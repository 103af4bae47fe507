using System.Text.Json;
using System.Text.Unicode;
using DlqCluster.Api.Problems;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Ingest;

/// <summary>Reads the body of a batch: <c>{"messages":[…]}</c>, or one message a line.</summary>
internal static class BatchReader
{
    private const string MaxBatchBytes = "Ingest:MaxBatchBytes";
    private const string MaxBodyBytes = "Ingest:MaxBodyBytes";

    // The object and the array around the messages.
    private const int OuterDepth = 2;

    /// <summary>Reads a batch.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limits">The limits.</param>
    /// <returns>The messages, some of which may be refusals; or why none of them can be read.</returns>
    public static async ValueTask<(List<MessageDraft> Messages, ApiProblem? Problem)> ReadAsync(HttpRequest request, IngestOptions limits)
    {
        var lines = MediaTypes.IsNdJson(request.ContentType);
        if (!lines && !MediaTypes.IsJson(request.ContentType))
            return ([], Problem.UnsupportedMediaType($"{MediaTypes.Json} or {MediaTypes.NdJson}"));
        using var body = await RequestBody.ReadAsync(request, limits.MaxBatchBytes);
        if (body.IsTooLarge) return ([], Problem.BodyTooLarge(limits.MaxBatchBytes, MaxBatchBytes));
        var messages = new List<MessageDraft>();
        var problem = lines ? ReadLines(body.Span, limits, messages) : ReadDocument(body.Span, limits, messages);
        if (problem is null && messages.Count == 0) problem = Problem.Invalid("messages", "must have at least one message");
        return (messages, problem);
    }

    private static ApiProblem? ReadLines(ReadOnlySpan<byte> body, IngestOptions limits, List<MessageDraft> messages)
    {
        foreach (var range in body.Split((byte)'\n'))
        {
            var line = body[range].Trim(" \t\r"u8);
            if (line.IsEmpty) continue;
            if (messages.Count == limits.MaxBatchMessages) return Problem.BatchTooLarge(limits.MaxBatchMessages);
            messages.Add(line.Length > limits.MaxBodyBytes ? TooLarge(limits) : SubmitReader.Parse(line, limits.MaxDepth, limits.MaxTags));
        }

        return null;
    }

    private static ApiProblem? ReadDocument(ReadOnlySpan<byte> body, IngestOptions limits, List<MessageDraft> messages)
    {
        if (!Utf8.IsValid(body)) return Problem.Malformed("It is not UTF-8.");
        var depth = limits.MaxDepth + OuterDepth;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = depth });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return Problem.Malformed("A batch is {\"messages\":[…]}.");
            var problem = ReadMembers(ref reader, body, limits, messages);
            if (problem is null) reader.Read();
            return problem;
        }
        catch (JsonException error)
        {
            return Problem.Malformed(SubmitReader.Where(error, depth));
        }
    }

    private static ApiProblem? ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, IngestOptions limits, List<MessageDraft> messages)
    {
        var seen = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (!reader.ValueTextEquals("messages"u8))
                return Problem.Invalid(JsonFields.ReadName(ref reader), "is not a field of a batch");
            if (seen) return Problem.Invalid("messages", "is given twice");
            seen = true;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray) return Problem.Invalid("messages", "must be an array of messages");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (messages.Count == limits.MaxBatchMessages) return Problem.BatchTooLarge(limits.MaxBatchMessages);
                var start = reader.TokenStartIndex;
                var draft = MessageReader.Read(ref reader, body, limits.MaxTags);
                messages.Add(reader.BytesConsumed - start > limits.MaxBodyBytes ? TooLarge(limits) : draft);
            }
        }

        return seen ? null : Problem.Invalid("messages", "is required");
    }

    private static MessageDraft TooLarge(IngestOptions limits) => new() { Refusal = Problem.BodyTooLarge(limits.MaxBodyBytes, MaxBodyBytes) };
}
