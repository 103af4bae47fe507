using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace DlqCluster.Embedded;

/// <summary>
/// Starts and stops the runtime with the host. A host stops its services in reverse order and a web server is started last, so the server
/// has stopped taking requests when the runtime stops.
/// </summary>
/// <param name="runtime">The runtime.</param>
/// <param name="meters">Where it shows what it does.</param>
internal sealed class EmbeddedHostedService(EmbeddedRuntime runtime, IMeterFactory meters) : IHostedService, IDisposable
{
    private readonly EngineMeter _meter = new(runtime, meters);

    public Task StartAsync(CancellationToken cancellationToken) => runtime.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => runtime.StopAsync(cancellationToken);

    public void Dispose() => _meter.Dispose();
}
