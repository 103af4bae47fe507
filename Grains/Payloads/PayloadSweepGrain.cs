using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DlqCluster.Payloads;

/// <summary>
/// Walks through the payload store, a batch a look, round and round. Whether a payload is needed only its message can say, which also
/// removes it: so a payload that is just being stored is never taken for an orphan.
/// </summary>
[GrainType("payload-sweep")]
internal sealed partial class PayloadSweepGrain(
    IPayloadStore store,
    DrainState drain,
    IOptions<PayloadOptions> options,
    TimeProvider time,
    TroubleLog troubles,
    ILogger<PayloadSweepGrain> logger) : Grain, IPayloadSweepGrain
{
    private const string Reminder = "keep-alive";
    private const string Sweeping = "Looking for payloads without a message";
    private static readonly TimeSpan _reminderPeriod = TimeSpan.FromMinutes(1);

    private string? _after;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromMilliseconds(options.Value.SweepIntervalMs);
        this.RegisterGrainTimer(SweepAsync, new GrainTimerCreationOptions(interval, interval) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task Start() => this.RegisterOrUpdateReminder(Reminder, _reminderPeriod, _reminderPeriod);

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (drain.IsDraining) return;
        try
        {
            var page = await store.ListAsync(_after, time.GetUtcNow() - options.Value.OrphanAge, options.Value.SweepBatch);
            var released = await Task.WhenAll(page.Keys.Select(ReleaseAsync));
            _after = page.Next;
            if (released.Count(static isReleased => isReleased) is > 0 and var count) LogSwept(count);
            troubles.Over(Sweeping);
        }
        catch (Exception exception)
        {
            // It goes on from the same place at the next interval.
            troubles.Met(Sweeping, exception);
        }
    }

    private async Task<bool> ReleaseAsync(string key) =>
        PayloadClaim.TryGetMessage(key, out var id) && await GrainFactory.GetGrain<IMessageGrain>(id.Value).ReleasePayload(key);

    [LoggerMessage(2101, LogLevel.Information, "{Count} stored payloads belonged to no message any more and are removed")]
    private partial void LogSwept(int count);
}
