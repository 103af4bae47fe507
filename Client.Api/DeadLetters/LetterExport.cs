using System.Buffers;
using System.Text.Json;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Api.DeadLetters;

/// <summary>Writes letters as lines of JSON, a page at a time, as fast as the client reads; and reads such lines.</summary>
internal static class LetterExport
{
    private const int PageSize = 200;

    /// <summary>
    /// Writes the letters that match, oldest first, each at most once and as it stood when its page was read. Letters that come while it runs
    /// are left out; letters that go may be.
    /// </summary>
    /// <param name="letters">The letters.</param>
    /// <param name="filter">Which.</param>
    /// <param name="now">The time.</param>
    /// <param name="response">Where to.</param>
    /// <returns>How many were written.</returns>
    public static async Task<long> WriteAsync(IDeadLetterStore letters, LetterFilter filter, DateTimeOffset now, HttpResponse response)
    {
        var query = new LetterQuery
        {
            Filter = filter with { To = filter.To < now ? filter.To : now },
            Descending = false,
            PageSize = PageSize,
            WithTotal = false,
        };
        var aborted = response.HttpContext.RequestAborted;
        var page = await letters.QueryAsync(query);
        response.ContentType = MediaTypes.NdJson;
        var written = 0L;
        while (true)
        {
            using (var json = new Utf8JsonWriter(response.BodyWriter))
            {
                foreach (var letter in page.Letters)
                {
                    JsonSerializer.Serialize(json, letter, ApiJson.Context.Letter);
                    json.Flush();
                    json.Reset();
                    response.BodyWriter.Write("\n"u8);
                    written++;
                }
            }

            // Waits for a slow client, so that no more than a page is ever in memory.
            await response.BodyWriter.FlushAsync(aborted);
            if (page.NextCursor is null) return written;
            page = await letters.QueryAsync(query with { Cursor = page.NextCursor });
        }
    }

    /// <summary>Reads a letter from a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="limits">How deep it may be.</param>
    /// <param name="error">What is wrong with it; null when nothing is.</param>
    public static Letter? Read(ReadOnlySpan<byte> line, IngestOptions limits, out string? error)
    {
        try
        {
            // A letter wraps its payload twice, and its replays' payloads thrice.
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Math.Min(limits.MaxDepth + 3, Payload.MaxDepth) });
            var letter = JsonSerializer.Deserialize(ref reader, ApiJson.Context.Letter);
            error = letter is null ? "It is null." : Fault(letter);
            return error is null ? Complete(letter!) : null;
        }
        catch (JsonException exception)
        {
            error = SubmitReader.Where(exception, limits.MaxDepth);
            return null;
        }
    }

    private static string? Fault(Letter letter)
    {
        if (!MessageId.TryParse(letter.MessageId.Value, out _)) return "messageId is required.";
        if (letter.OriginalMessage is null || letter.OriginalMessage.Payload.IsEmpty) return "originalMessage.payload is required.";
        if (string.IsNullOrEmpty(letter.Metadata?.Target)) return "metadata.target is required.";
        if (letter.CreatedAt == default) return "createdAt is required.";
        if (!Enum.IsDefined(letter.Status) || !Enum.IsDefined(letter.ErrorType) || !Enum.IsDefined(letter.Strategy)) return "status, errorType or strategy is not known.";
        return letter.Generation < 0 || letter.DlqRetryCount < 0 || letter.RetryCount < 0 ? "generation, dlqRetryCount and retryCount must not be negative." : null;
    }

    // What is left out is null to the reader, whatever it is to everybody else.
    private static Letter Complete(Letter letter) => letter with
    {
        OriginalMessage = letter.OriginalMessage with
        {
            Tags = letter.OriginalMessage.Tags ?? [],
            Target = string.IsNullOrEmpty(letter.OriginalMessage.Target) ? letter.Metadata.Target : letter.OriginalMessage.Target,
        },
        Metadata = letter.Metadata with { Tags = letter.Metadata.Tags ?? [] },
        ErrorReason = letter.ErrorReason ?? "",
        Fingerprint = letter.Fingerprint ?? "",
        ReplayAttempts = [.. (letter.ReplayAttempts ?? []).Select(static replay => replay with { Changes = replay.Changes ?? [] })],
        Attempts = letter.Attempts ?? [],
        Events = letter.Events ?? [],
        UpdatedAt = letter.UpdatedAt == default ? letter.CreatedAt : letter.UpdatedAt,
    };
}
