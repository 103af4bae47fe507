using DlqCluster.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Hosting;

/// <summary>
/// Stops a start that splits the data differently from how it was created: messages would be looked for in partitions where they are not.
/// Before the engine starts, so that such a silo is not even joined by others.
/// </summary>
internal sealed class PartitionCheck(IDataLayout layout, IOptions<PartitionOptions> partitions) : IHostedLifecycleService
{
    private const string Setting = $"{PartitionOptions.Section}:{nameof(PartitionOptions.Count)}";

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var wanted = partitions.Value.Count;
        var stored = await layout.FixPartitionsAsync(wanted).WaitAsync(cancellationToken);
        if (stored != wanted)
        {
            throw new InvalidConfigurationException(
                $"{Setting} is {wanted}, but this data was created with {stored} partitions, and their number cannot be changed: set {Setting} to {stored}, "
                + "or start with new data.");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
