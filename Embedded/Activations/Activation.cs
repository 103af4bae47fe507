using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// One activation of a grain. Everything it holds is touched by its own turns only, unless it says otherwise, so it needs no locks.
/// </summary>
internal sealed partial class Activation : TurnQueue, IGrainContext, IRequestTarget
{
    private static readonly IActivationState[] _noStates = [];

    private readonly ILogger _logger;
    private IServiceScope? _scope;
    private IActivationState[] _states = _noStates;
    private TaskCompletionSource? _deactivated;
    private GrainReference? _reference;

    public Activation(EmbeddedRuntime runtime, GrainClass grainClass, GrainId grainId, long number)
        : base(runtime)
    {
        Class = grainClass;
        GrainId = grainId;
        Number = number;
        _logger = runtime.ActivationLogger;
    }

    /// <summary>The activation whose turn the calling code is; null outside of turns.</summary>
    public static new Activation? Current => SynchronizationContext.Current as Activation;

    public GrainId GrainId { get; }

    public GrainClass Class { get; }

    /// <summary>Counts the activations of the runtime: the order in which they were made.</summary>
    public long Number { get; }

    public object? GrainInstance { get; private set; }

    public GrainReference GrainReference => _reference ??= Runtime.CreateOwnReference(this);

    public IServiceProvider ActivationServices => _scope?.ServiceProvider ?? Runtime.ServiceProvider;

    public Task Deactivated => LazyInitializer.EnsureInitialized(ref _deactivated, static () => new TaskCompletionSource()).Task;

    /// <summary>Where it stands. Only its turns change it; others may look.</summary>
    public ActivationState State { get; private set; }

    /// <summary>Its place among those that may become idle; the collector's.</summary>
    internal IdleBucket.Link IdleLink { get; } = new();

    /// <summary>The activation of a grain instance.</summary>
    /// <param name="grain">The instance.</param>
    public static Activation Of(IGrainBase grain) => grain.GrainContext as Activation
        ?? throw new InvalidOperationException($"{grain.GetType()} was not made by the runtime, so it has no activation.");

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"{GrainId}#{Number}";

    /// <summary>Throws unless the calling code is a turn of this activation.</summary>
    public void ThrowIfNotCurrent()
    {
        if (!IsCurrent)
        {
            throw new InvalidOperationException(
                $"{GrainId} was used from outside of its own turns. A continuation may have left them by ConfigureAwait(false).");
        }
    }

    private protected override void OnTurnFailed(Exception exception) => LogTurnFailed(exception, this);

    [LoggerMessage(8005, LogLevel.Error, "A turn of {Activation} that nobody awaits failed.")]
    private partial void LogTurnFailed(Exception exception, Activation activation);

    /// <summary>Runs an action as a turn.</summary>
    private sealed class ActionItem(Action<Activation> action) : WorkItem
    {
        internal override void Run(TurnQueue queue) => action((Activation)queue);
    }
}

/// <summary>Where an activation stands.</summary>
internal enum ActivationState
{
    /// <summary>It was made; no request has reached it.</summary>
    Created,

    /// <summary>It reads its state, or runs its own activation code. Requests wait.</summary>
    Activating,

    /// <summary>It serves requests.</summary>
    Valid,

    /// <summary>It finishes what runs, and then its own deactivation code. Requests wait.</summary>
    Deactivating,

    /// <summary>It has ended. Requests go to the grain's next activation.</summary>
    Closed,
}
