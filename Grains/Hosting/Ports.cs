using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Hosting;

/// <summary>Where randomness comes from, so that a simulation can seed it. Safe to use from many threads.</summary>
public interface IRandomSource
{
    /// <summary>A number from 0 up to, not including, 1.</summary>
    double NextDouble();

    /// <summary>Fills a buffer with random bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    void Fill(Span<byte> buffer);
}

/// <summary>Measures this process.</summary>
public interface ISystemProbe
{
    /// <summary>The process as it is now; measured at most once a second.</summary>
    SystemState Measure();
}

/// <summary>Makes message ids from the injected clock and randomness.</summary>
/// <param name="time">The clock.</param>
/// <param name="random">The randomness.</param>
public sealed class MessageIds(TimeProvider time, IRandomSource random)
{
    /// <summary>A new, time-ordered id.</summary>
    public MessageId New()
    {
        Span<byte> bytes = stackalloc byte[10];
        random.Fill(bytes);
        return MessageId.CreateVersion7(time.GetUtcNow(), bytes);
    }
}

/// <summary>This silo's copy of the downstream catalogue.</summary>
public interface IDownstreamDirectory
{
    /// <summary>The copy as it is, at most <c>Delivery:CatalogRefreshMs</c> old once the silo has started.</summary>
    DownstreamCatalog Current { get; }

    /// <summary>Grows with every change of this copy; raised after <see cref="Current"/> has changed.</summary>
    event Action? Changed;

    /// <summary>
    /// The copy, fetched where this silo has none yet: while it starts it is called already, and what a downstream's policy decides must not be
    /// decided by a default.
    /// </summary>
    ValueTask<DownstreamCatalog> FirstAsync() => Current.Version >= 0 ? new(Current) : new(RefreshAsync());

    /// <summary>Fetches the catalogue now. Call it after a change, and before saying that a downstream does not exist.</summary>
    Task<DownstreamCatalog> RefreshAsync();
}

/// <summary>Starts work that belongs to no grain: it must not run on the activation that happens to start it.</summary>
public interface IBackgroundRunner
{
    /// <summary>Starts the work soon, elsewhere. The work handles its own errors.</summary>
    /// <param name="work">The work.</param>
    void Run(Func<Task> work);
}
