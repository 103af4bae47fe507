using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using DlqCluster.Api.Health;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Api.Metrics;

/// <summary>What this process is, since when it runs, and whether its stores can be reached.</summary>
internal sealed class ProcessMetrics : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, string> _stores = new(StringComparer.Ordinal);
    private readonly StoreChecks _checks;
    private readonly TimeProvider _time;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The meters' factory.</param>
    /// <param name="checks">The stores.</param>
    /// <param name="time">The clock.</param>
    public ProcessMetrics(IMeterFactory meters, StoreChecks checks, TimeProvider time)
    {
        _checks = checks;
        _time = time;
        var meter = meters.Create(DlqMetrics.MeterName);
        var version = typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        using var process = Process.GetCurrentProcess();
        var startedAt = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1_000.0;
        meter.CreateObservableGauge("dlq_build_info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", version)), null, "Always 1; its label says which version runs.");
        meter.CreateObservableGauge("process_start_time_seconds", () => startedAt, null, "When the process started, in seconds since 1970.");
        meter.CreateObservableGauge("store_up", Up, null, "Whether a store could do its work when it was last tried: 1 or 0.");
        meter.CreateObservableGauge("store_degraded", Degraded, null, "Whether a store has trouble with which the service goes on, and stays ready: 1 or 0.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        do
        {
            foreach (var store in await _checks.CheckAsync()) _stores[store.Name] = store.Status;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<int>> Up() => Stores(HealthStatus.Healthy);

    private IEnumerable<Measurement<int>> Degraded() => Stores(HealthStatus.Degraded);

    private IEnumerable<Measurement<int>> Stores(string status) =>
        _stores.Select(store => new Measurement<int>(store.Value == status ? 1 : 0, new KeyValuePair<string, object?>("store", store.Key)));
}
