using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Api.Tests.Traces;

/// <summary>A span as a collector gets it; ids in hex.</summary>
internal sealed record Span(string TraceId, string SpanId, string ParentId, string State, string Name)
{
    public Dictionary<string, string> Tags { get; } = [];

    /// <summary>The spans that it links to.</summary>
    public List<string> Links { get; } = [];
}

/// <summary>A collector that speaks OTLP over HTTP, as far as these tests need it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<Span> _spans = new();
    private WebApplication? _app;

    public IReadOnlyCollection<Span> Spans => _spans;

    /// <summary>What a silo needs to send its traces here.</summary>
    public (string, string)[] Environment =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", _app!.Urls.First()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        receiver._app = builder.Build();
        receiver._app.MapPost("/v1/traces", (RequestDelegate)receiver.TakeAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app!.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        // ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans
        foreach (var resource in Protobuf.Read(body.ToArray()).Where(static field => field.Number == 1))
            foreach (var scope in Protobuf.Read(resource.Bytes).Where(static field => field.Number == 2))
                foreach (var span in Protobuf.Read(scope.Bytes).Where(static field => field.Number == 2)) _spans.Enqueue(ReadSpan(span.Bytes));
        context.Response.ContentType = "application/x-protobuf";
    }

    private static Span ReadSpan(byte[] bytes)
    {
        var fields = Protobuf.Read(bytes).ToArray();
        var span = new Span(Hex(fields, 1), Hex(fields, 2), Hex(fields, 4), Text(fields, 3), Text(fields, 5));
        foreach (var attribute in fields.Where(static field => field.Number == 9))
        {
            var pair = Protobuf.Read(attribute.Bytes).ToArray();
            var value = Protobuf.Read(pair.First(static field => field.Number == 2).Bytes).First();
            span.Tags[Text(pair, 1)] = value.Number == 1 ? Encoding.UTF8.GetString(value.Bytes) : value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        span.Links.AddRange(fields.Where(static field => field.Number == 13).Select(static link => Hex([.. Protobuf.Read(link.Bytes)], 2)));
        return span;
    }

    private static string Hex(Protobuf.Field[] fields, int number) =>
        Convert.ToHexStringLower(Array.Find(fields, field => field.Number == number).Bytes ?? []);

    private static string Text(Protobuf.Field[] fields, int number) =>
        Encoding.UTF8.GetString(Array.Find(fields, field => field.Number == number).Bytes ?? []);
}

/// <summary>Reads the fields of a protobuf message.</summary>
internal static class Protobuf
{
    public static IEnumerable<Field> Read(byte[] bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            var key = Varint(bytes, ref at);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return new Field(number, [], Varint(bytes, ref at));
                    break;
                case 1:
                    yield return new Field(number, [], BitConverter.ToUInt64(bytes, at));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(bytes, ref at);
                    yield return new Field(number, bytes[at..(at + length)], 0);
                    at += length;
                    break;
                default:
                    yield return new Field(number, [], BitConverter.ToUInt32(bytes, at));
                    at += 4;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }

    internal readonly record struct Field(int Number, byte[] Bytes, ulong Value);
}
