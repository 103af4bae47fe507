using System.Diagnostics.CodeAnalysis;
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
    private readonly GrainState<TState> _state;
    private Operation? _last;
    private bool _isRead;

    public PersistentState(string name, Activation activation, IGrainStorage store, Func<TState?> create)
    {
        _name = name;
        _activation = activation;
        _store = store;
        _logger = activation.Runtime.StorageLogger;
        _state = new GrainState<TState>(create());
    }

    private enum Kind
    {
        Read,
        Write,
        Clear,
    }

    public TState State
    {
        get => _state.State!;
        set => _state.State = value;
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
    public Task ReadFirstAsync(CancellationToken cancellationToken) => CallStoreAsync(Kind.Read, cancellationToken);

    private Task Enqueue(Kind kind, CancellationToken cancellationToken)
    {
        _activation.ThrowIfNotCurrent();
        var canShare = kind != Kind.Read && !cancellationToken.CanBeCanceled;
        if (canShare && _last is { HasStarted: false, CanBeShared: true } waiting && waiting.Kind == kind) return waiting.Task;
        var operation = new Operation(kind, cancellationToken);
        var predecessor = _last;
        _last = operation;
        operation.Task = RunAsync(operation, predecessor);
        return operation.Task;
    }

    private async Task RunAsync(Operation operation, Operation? predecessor)
    {
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (predecessor is not null)
            {
                await predecessor.Task.ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            operation.HasStarted = true;
            if (IsDoneBy(predecessor, operation)) _isRead = true;
            else await CallStoreAsync(operation.Kind, operation.CancellationToken);
        }
        finally
        {
            if (ReferenceEquals(_last, operation)) _last = null;
        }
    }

    // What was just written or read need not be read again, and what was just deleted need not be deleted again.
    private static bool IsDoneBy(Operation? predecessor, Operation operation) =>
        predecessor is { Task.IsCompletedSuccessfully: true }
        && (operation.Kind == Kind.Read || (operation.Kind == Kind.Clear && predecessor.Kind == Kind.Clear));

    private async Task CallStoreAsync(Kind kind, CancellationToken cancellationToken)
    {
        try
        {
            await (kind switch
            {
                Kind.Read => _store.ReadStateAsync(_name, _activation.GrainId, _state, cancellationToken),
                Kind.Write => _store.WriteStateAsync(_name, _activation.GrainId, _state, cancellationToken),
                _ => _store.ClearStateAsync(_name, _activation.GrainId, _state, cancellationToken),
            });
            if (kind != Kind.Write) _isRead = true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            Throw(kind, exception);
        }
    }

    [DoesNotReturn]
    private void Throw(Kind kind, Exception exception)
    {
        LogStoreFailed(exception, kind, _name, _activation.GrainId);
        // Callers see one family of exceptions, whatever the store is.
        if (exception is OrleansException) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        throw new OrleansException(
            $"{kind} of the state {_name} of {_activation.GrainId} failed in {_store.GetType().Name}: {exception.Message}", exception);
    }

    [LoggerMessage(8013, LogLevel.Error, "{Operation} of the state {StateName} of {GrainId} failed.")]
    private partial void LogStoreFailed(Exception exception, Kind operation, string stateName, GrainId grainId);

    private sealed class Operation(Kind kind, CancellationToken cancellationToken)
    {
        public Kind Kind { get; } = kind;

        public CancellationToken CancellationToken { get; } = cancellationToken;

        public bool CanBeShared => !CancellationToken.CanBeCanceled;

        public bool HasStarted { get; set; }

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
