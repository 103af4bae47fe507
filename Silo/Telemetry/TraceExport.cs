using System.Diagnostics;
using System.Reflection;
using DlqCluster.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DlqCluster.Silo.Telemetry;

/// <summary>
/// Sends traces to a collector over OTLP. It is steered by OpenTelemetry's own environment variables, and not there at all unless they ask
/// for it; then no span is ever made.
/// </summary>
internal sealed class TraceExport : IHostedLifecycleService, IDisposable
{
    private const string ServiceName = "dlq-cluster";

    private TracerProvider? _provider;

    /// <summary>Adds it, if it is asked for.</summary>
    /// <param name="services">The services.</param>
    public static void AddTo(IServiceCollection services)
    {
        if (IsWanted(Environment.GetEnvironmentVariable)) services.AddHostedService<TraceExport>();
    }

    /// <summary>Whether the environment asks for traces: it names a collector, or <c>otlp</c> as exporter, and does not forbid them.</summary>
    /// <param name="variable">Reads a variable.</param>
    public static bool IsWanted(Func<string, string?> variable)
    {
        var exporter = variable("OTEL_TRACES_EXPORTER");
        if (string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return false;
        if (!string.IsNullOrEmpty(exporter)) return exporter.Split(',').Contains("otlp", StringComparer.OrdinalIgnoreCase);
        return !string.IsNullOrEmpty(variable("OTEL_EXPORTER_OTLP_ENDPOINT")) || !string.IsNullOrEmpty(variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Before anything else starts, so that what the start itself sends is traced.
        var version = typeof(TraceExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        _provider = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(ServiceName, serviceVersion: version).AddTelemetrySdk().AddEnvironmentVariableDetector())
            .AddSource(DlqTracing.SourceName, "Microsoft.AspNetCore")
            .AddProcessor(new WithoutPolling())
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Sends what is left.
        _provider?.Dispose();
        _provider = null;
    }

    /// <summary>Leaves out the requests that somebody makes every few seconds to see how the service is.</summary>
    private sealed class WithoutPolling : BaseProcessor<Activity>
    {
        private static readonly string[] _polled = ["/metrics", "/api/health", "/api/system"];

        public override void OnEnd(Activity data)
        {
            if (data.GetTagItem("url.path") is string path && Array.Exists(_polled, polled => path.StartsWith(polled, StringComparison.Ordinal)))
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
