using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace DlqCluster.Embedded;

/// <summary>
/// A grain's state and its store. Operations run one after another. A write takes effect from the next turn on, so that all changes of one
/// turn go out together: a write that is asked for while one is still waiting to start is the same write.
/// </summary>
/// <typeparam name="TState">The type of the state.</typeparam>
internal sealed partial class PersistentState<TState> : IPersistentState<TState>, IActivationState
{
    private readonly string _name;
    private readonly Activation _activation;
    private readonly IGrainStorage _store;
    private readonly ILogger _logger;
    private readonly GrainState<TState> _state = new();
    private readonly Func<TState?> _create;
    private Operation? _last;
    private bool _isRead;
    private bool _isMade;

    public PersistentState(string name, Activation activation, IGrainStorage store, Func<TState?> create)
    {
        _name = name;
        _activation = activation;
        _store = store;
        _logger = activation.Runtime.StorageLogger;
        _create = create;
    }

    private enum Kind
    {
        Read,
        Write,
        Clear,
    }

    public TState State
    {
        get
        {
            EnsureMade();
            return _state.State!;
        }

        set
        {
            _isMade = true;
            _state.State = value;
        }
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _isRead ? _state.RecordExists : throw new InvalidOperationException("The state has not been read yet.");

    public Task ReadStateAsync() => Enqueue(Kind.Read, CancellationToken.None);

    public Task ReadStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Read, cancellationToken);

    public Task WriteStateAsync() => Enqueue(Kind.Write, CancellationToken.None);

    public Task WriteStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Write, cancellationToken);

    public Task ClearStateAsync() => Enqueue(Kind.Clear, CancellationToken.None);

    public Task ClearStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Clear, cancellationToken);

    // Nothing else can be under way yet, so there is nothing to wait for.
    public Task ReadFirstAsync(CancellationToken cancellationToken)
    {
        var first = new Operation(this, Kind.Read, null, cancellationToken);
        first.Start();
        return first.Task;
    }

    private Task Enqueue(Kind kind, CancellationToken cancellationToken)
    {
        _activation.ThrowIfNotCurrent();
        var canShare = kind != Kind.Read && !cancellationToken.CanBeCanceled;
        if (canShare && _last is { HasStarted: false, CanBeShared: true } waiting && waiting.Kind == kind) return waiting.Task;
        var operation = new Operation(this, kind, _last, cancellationToken);
        _last = operation;
        _activation.Enqueue(operation);
        return operation.Task;
    }

    /// <summary>Makes the state that a store has not brought. Most bring a new one where they have none, so that there need not be one before.</summary>
    private void EnsureMade()
    {
        if (_isMade) return;
        _isMade = true;
        _state.State ??= _create();
    }

    private Task CallStore(Kind kind, CancellationToken cancellationToken)
    {
        if (kind == Kind.Read) return _store.ReadStateAsync(_name, _activation.GrainId, _state, cancellationToken);
        EnsureMade();
        return kind == Kind.Write
            ? _store.WriteStateAsync(_name, _activation.GrainId, _state, cancellationToken)
            : _store.ClearStateAsync(_name, _activation.GrainId, _state, cancellationToken);
    }

    private Exception Failure(Kind kind, Exception exception)
    {
        LogStoreFailed(exception, kind, _name, _activation.GrainId);
        // Callers see one family of exceptions, whatever the store is.
        return exception as OrleansException ?? new OrleansException(
            $"{kind} of the state {_name} of {_activation.GrainId} failed in {_store.GetType().Name}: {exception.Message}", exception);
    }

    [LoggerMessage(8013, LogLevel.Error, "{Operation} of the state {StateName} of {GrainId} failed.")]
    private partial void LogStoreFailed(Exception exception, Kind operation, string stateName, GrainId grainId);

    /// <summary>
    /// One operation. It takes a turn to start, so that what the turn that asked for it changes later goes out too, and one to end. Not an async
    /// method, of which it would take two: it is on the way of every message, twice.
    /// </summary>
    private sealed class Operation(PersistentState<TState> owner, Kind kind, Operation? predecessor, CancellationToken cancellationToken) : WorkItem
    {
        private readonly TaskCompletionSource _end = new();
        private Operation? _predecessor = predecessor;
        private Operation? _successor;
        private Task? _stored;

        public Kind Kind => kind;

        public bool CanBeShared => !cancellationToken.CanBeCanceled;

        public bool HasStarted { get; private set; }

        public Task Task => _end.Task;

        /// <summary>Asks the store.</summary>
        public void Start()
        {
            HasStarted = true;
            if (IsDoneByPredecessor())
            {
                _stored = Task.CompletedTask;
                End();
                return;
            }

            try
            {
                _stored = owner.CallStore(kind, cancellationToken);
            }
            catch (Exception exception)
            {
                _stored = Task.FromException(exception);
            }

            if (_stored.IsCompleted) End();
            else _stored.GetAwaiter().UnsafeOnCompleted(End);
        }

        internal override void Run(TurnQueue queue)
        {
            if (_predecessor is { Task.IsCompleted: false } earlier) earlier._successor = this;
            else Start();
        }

        // What was just written or read need not be read again, and what was just deleted need not be deleted again.
        private bool IsDoneByPredecessor() =>
            _predecessor is { Task.IsCompletedSuccessfully: true } done && (kind == Kind.Read || (kind == Kind.Clear && done.Kind == Kind.Clear));

        private void End()
        {
            if (ReferenceEquals(owner._last, this)) owner._last = null;
            _predecessor = null;
            if (_stored!.IsCompletedSuccessfully)
            {
                if (kind != Kind.Write) owner._isRead = true;
                _end.SetResult();
            }
            else if (_stored.IsCanceled && cancellationToken.IsCancellationRequested)
            {
                _end.SetCanceled(cancellationToken);
            }
            else
            {
                _end.SetException(owner.Failure(kind, _stored.Exception?.InnerException ?? new TaskCanceledException(_stored)));
            }

            _successor?.Start();
        }
    }
}
