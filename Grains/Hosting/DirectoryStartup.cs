using Microsoft.Extensions.Hosting;

namespace DlqCluster.Hosting;

/// <summary>Fetches the downstream catalogue when a process starts that runs no grains itself, and keeps it fresh from then on.</summary>
/// <param name="directory">The copy of the catalogue.</param>
/// <param name="time">The clock.</param>
internal sealed class DirectoryStartup(DownstreamDirectory directory, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await StartupCalls.MakeAsync(directory.RefreshAsync, time, cancellationToken);
        directory.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        directory.Stop();
        return Task.CompletedTask;
    }
}
