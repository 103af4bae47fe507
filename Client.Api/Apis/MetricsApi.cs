using System.Buffers;
using DlqCluster.Api.Metrics;
using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Apis;

/// <summary>Metrics for Prometheus.</summary>
internal static class MetricsApi
{
    private const int UsualSize = 64 * 1024;

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", WriteAsync).WithTags("Metrics").Describe("GetMetrics", "All metrics in Prometheus' text format.")
            .AnswersText(200, "text/plain", "dlq_queue_size 0\n").Refuses(Problem.MetricsOff());

    private static async Task WriteAsync(HttpContext context, MetricsCollector collector)
    {
        if (!collector.IsEnabled)
        {
            await Problem.MetricsOff().ExecuteAsync(context);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(UsualSize);
        collector.Write(buffer);
        context.Response.ContentType = ExpositionWriter.ContentType;
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}
