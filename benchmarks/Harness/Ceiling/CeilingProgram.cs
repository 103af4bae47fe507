using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;

namespace DlqCluster.Benchmarks.Ceiling;

/// <summary>
/// The least that a durable delivery service can do, and so the most that ours can reach: an endpoint that inserts the message, with one
/// fsync for all that wait, answers 202, posts the payload to the downstream and deletes the message, again durably. It has no actors,
/// retries, breaker, schedules or dead letters, and does not recover what a crash leaves.
/// </summary>
internal static class CeilingProgram
{
    /// <summary>Runs it.</summary>
    /// <param name="args">The port, the data directory, the downstream's URL, and how many deliveries may be under way.</param>
    public static async Task RunAsync(string[] args)
    {
        var port = int.Parse(args[0], CultureInfo.InvariantCulture);
        var concurrency = int.Parse(args[3], CultureInfo.InvariantCulture);
        using var store = new CeilingStore(Path.Combine(args[1], "ceiling.db"));
        var queue = Channel.CreateUnbounded<Message>();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = concurrency, UseCookies = false, AllowAutoRedirect = false });
        for (var i = 0; i < concurrency; i++) _ = DeliverAsync(queue.Reader, http, new Uri(args[2]), store);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        await using var app = builder.Build();
        app.MapPost("/api/messages", (RequestDelegate)(context => AcceptAsync(context, store, queue.Writer)));
        app.MapGet("/allocated", (RequestDelegate)(static context =>
            context.Response.WriteAsync(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture))));
        await app.RunAsync();
    }

    private static async Task AcceptAsync(HttpContext context, CeilingStore store, ChannelWriter<Message> queue)
    {
        var message = await ReadAsync(context.Request);
        if (message is null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (await store.InsertAsync(message)) queue.TryWrite(message);
        var answer = JsonSerializer.SerializeToUtf8Bytes(
            new Accepted(message.Id, "pending", DateTimeOffset.UtcNow, false), CeilingJson.Default.Accepted);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        context.Response.Headers.Location = "/api/messages/" + message.Id;
        await context.Response.BodyWriter.WriteAsync(answer);
    }

    private static async ValueTask<Message?> ReadAsync(HttpRequest request)
    {
        var body = new byte[request.ContentLength ?? 0];
        await request.Body.ReadExactlyAsync(body);
        return Parse(body);
    }

    private static Message? Parse(byte[] body)
    {
        string? id = null;
        var payload = Range.All;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPayload = reader.ValueTextEquals("payload"u8);
            var isId = reader.ValueTextEquals("clientMessageId"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isId) id = reader.GetString();
            reader.Skip();
            if (isPayload) payload = start..(int)reader.BytesConsumed;
        }

        return id is null || payload.Equals(Range.All) ? null : new Message(id, body.AsMemory(payload));
    }

    private static async Task DeliverAsync(ChannelReader<Message> queue, HttpClient http, Uri target, CeilingStore store)
    {
        await foreach (var message in queue.ReadAllAsync())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ReadOnlyMemoryContent(message.Payload) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            request.Headers.TryAddWithoutValidation("webhook-id", message.Id);
            request.Headers.TryAddWithoutValidation("Idempotency-Key", message.Id);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            // It is not waited for: the next delivery need not wait for the disk.
            if (response.IsSuccessStatusCode) _ = store.DeleteAsync(message);
        }
    }
}

/// <summary>A message.</summary>
internal sealed record Message(string Id, ReadOnlyMemory<byte> Payload);

/// <summary>What the 202 says.</summary>
internal sealed record Accepted(string MessageId, string State, DateTimeOffset AcceptedAt, bool IdempotentHit);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(Accepted))]
internal sealed partial class CeilingJson : System.Text.Json.Serialization.JsonSerializerContext;
