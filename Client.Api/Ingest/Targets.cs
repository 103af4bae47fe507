using DlqCluster.Hosting;

namespace DlqCluster.Api.Ingest;

/// <summary>Tells whether a downstream exists, asking the catalogue itself before it says no.</summary>
/// <param name="directory">This silo's copy of the catalogue.</param>
/// <param name="time">The clock.</param>
internal sealed class Targets(IDownstreamDirectory directory, TimeProvider time)
{
    // A flood of unknown names must not become a flood of calls to the one catalogue grain: within this time a fresh "no" holds.
    private static readonly TimeSpan _fresh = TimeSpan.FromMilliseconds(100);

    private Lookup _last = new(long.MinValue, Task.CompletedTask);

    /// <summary>Whether there is such a downstream.</summary>
    /// <param name="name">Its name.</param>
    public ValueTask<bool> ExistsAsync(string name) =>
        directory.Current.Entries.ContainsKey(name) ? new ValueTask<bool>(true) : RefreshedAsync(name);

    private async ValueTask<bool> RefreshedAsync(string name)
    {
        var last = Volatile.Read(ref _last);
        if (last.At == long.MinValue || time.GetElapsedTime(last.At) > _fresh)
        {
            last = new Lookup(time.GetTimestamp(), directory.RefreshAsync());
            Volatile.Write(ref _last, last);
        }

        await last.Done;
        return directory.Current.Entries.ContainsKey(name);
    }

    private sealed record Lookup(long At, Task Done);
}
