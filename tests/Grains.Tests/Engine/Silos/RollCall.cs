using Microsoft.Extensions.Hosting;

namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// Lets silos join one after the other, and has each wait for all before it calls a grain. Silos that join at once get into each other's way
/// in the membership table, where whoever comes second tries again seconds later; and what is placed while one of them is still missing moves
/// to it later, at a moment that nobody knows.
/// </summary>
/// <param name="count">How many there are.</param>
internal sealed class RollCall(int count)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(2);

    private readonly TaskCompletionSource[] _turns =
        [.. Enumerable.Range(0, count + 1).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

    private int _comers = -1;

    /// <summary>One silo. It is registered after Orleans' own service, and before those that call grains.</summary>
    /// <param name="roll">The roll.</param>
    /// <param name="membership">The silos, as this one sees them.</param>
    /// <param name="manifests">What each of them can place.</param>
    internal sealed class Member(RollCall roll, IClusterMembershipService membership, IClusterManifestProvider manifests) : IHostedLifecycleService
    {
        private readonly int _number = Interlocked.Increment(ref roll._comers);

        public Task StartingAsync(CancellationToken cancellationToken)
        {
            if (_number == 0) roll._turns[0].SetResult();
            return roll._turns[_number].Task.WaitAsync(_patience, cancellationToken);
        }

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            roll._turns[_number + 1].SetResult();
            var since = TimeProvider.System.GetTimestamp();
            while (!SeesAll())
            {
                if (TimeProvider.System.GetElapsedTime(since) > _patience) throw new TimeoutException("The silos do not see each other.");
                await Task.Delay(_pause, cancellationToken);
            }
        }

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private bool SeesAll() =>
            membership.CurrentSnapshot.Members.Values.Count(static member => member.Status == SiloStatus.Active) == roll._turns.Length - 1
                && manifests.Current.Silos.Count >= roll._turns.Length - 1;
    }
}
