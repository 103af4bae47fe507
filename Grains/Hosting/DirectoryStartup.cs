using Microsoft.Extensions.Hosting;

namespace DlqCluster.Hosting;

/// <summary>Fetches the downstream catalogue when a process starts that runs no grains itself, and keeps it fresh from then on.</summary>
/// <param name="directory">The copy of the catalogue.</param>
internal sealed class DirectoryStartup(DownstreamDirectory directory) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await directory.RefreshAsync();
        directory.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        directory.Stop();
        return Task.CompletedTask;
    }
}
