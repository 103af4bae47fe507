using Microsoft.Extensions.Hosting;

namespace DlqCluster.Embedded;

/// <summary>
/// Starts and stops the runtime with the host. A host stops its services in reverse order and a web server is started last, so the server
/// has stopped taking requests when the runtime stops.
/// </summary>
/// <param name="runtime">The runtime.</param>
internal sealed class EmbeddedHostedService(EmbeddedRuntime runtime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => runtime.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => runtime.StopAsync(cancellationToken);
}
