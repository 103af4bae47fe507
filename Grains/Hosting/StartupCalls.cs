namespace DlqCluster.Hosting;

/// <summary>
/// Calls that a start makes to grains. In a cluster a silo may come or go at that very moment, and take the grain with it: that is no reason
/// not to start.
/// </summary>
public static class StartupCalls
{
    private const int MaxTries = 60;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes a call, and again while silos change.</summary>
    /// <param name="call">The call. To make it twice is to make it once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task MakeAsync(Func<Task> call, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception error) when (tries < MaxTries && IsPassing(error) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(_pause, time, cancellationToken);
            }
        }
    }

    private static bool IsPassing(Exception error) => error is TimeoutException or OperationCanceledException || SiloFaults.Is(error);
}
