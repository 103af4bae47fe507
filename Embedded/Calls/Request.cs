using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>
/// One call on its way: the arguments, where it goes, and who waits for the result. The generator derives one class a method.
/// </summary>
public abstract class Request : Deadline
{
    private Task? _running;

    private protected Request(GrainMethod method) => Method = method;

    /// <summary>The method that is called.</summary>
    internal GrainMethod Method { get; }

    /// <summary>The grain that is called.</summary>
    internal GrainId Target { get; set; }

    /// <summary>The named values that travel with the call.</summary>
    internal Dictionary<string, object>? Context { get; set; }

    /// <summary>When it was sent, as <see cref="TimeProvider.GetTimestamp"/> counts.</summary>
    internal long SentAt { get; set; }

    /// <summary>How often it was passed on by an activation that never ran a request.</summary>
    internal int Forwards { get; set; }

    /// <summary>Whether it was sent by something that is not a grain.</summary>
    internal bool IsFromOutside { get; set; }

    /// <summary>Whether it counts as use of the activation.</summary>
    internal virtual bool KeepsAlive => true;

    /// <summary>Whether another activation of the grain may run it instead.</summary>
    internal virtual bool MayBeHandedOn => true;

    /// <summary>Whether the caller has its answer.</summary>
    internal abstract bool IsAnswered { get; }

    /// <summary>The activation that runs it.</summary>
    private Activation? Activation { get; set; }

    /// <summary>Calls the method and sees to it that its end is noticed.</summary>
    /// <param name="activation">The activation, whose turn it is.</param>
    /// <param name="grain">The grain instance.</param>
    internal void Start(Activation activation, object grain)
    {
        Activation = activation;
        RequestContext.Restore(Context);
        try
        {
            _running = Call(grain) ?? throw new InvalidOperationException($"{Method} returned null instead of a task.");
        }
        catch (Exception exception)
        {
            _running = Task.FromException(exception);
        }

        if (_running.IsCompleted) Finish();
        else _running.GetAwaiter().UnsafeOnCompleted(Finish);
    }

    /// <summary>Tells the caller that it failed, unless the caller has an answer already.</summary>
    /// <param name="exception">Why.</param>
    internal abstract void Fail(Exception exception);

    internal override void Run(TurnQueue queue) => ((Activation)queue).Receive(this);

    internal override void Expire() => Fail(new TimeoutException(
        $"{Method} on {Target} did not answer in time. It may still be running, or wait for its turn."));

    /// <summary>Calls the method.</summary>
    /// <param name="grain">The grain instance.</param>
    private protected abstract Task Call(object grain);

    /// <summary>Gives the caller the method's result or failure.</summary>
    /// <param name="completed">The method's task; it has completed.</param>
    private protected abstract void Answer(Task completed);

    private void Finish()
    {
        var completed = _running!;
        var activation = Activation!;
        _running = null;
        Activation = null;
        activation.OnRequestEnded(this, completed);
        UnderWay.Remove(this);
        Answer(completed);
        activation.ContinueAfterRequest();
    }
}

/// <summary>A call without a result.</summary>
/// <param name="method">The method.</param>
public abstract class VoidRequest(GrainMethod method) : Request(method)
{
    private readonly TaskCompletionSource _answer = new();

    /// <summary>Completes when the call has.</summary>
    internal Task Task => _answer.Task;

    internal override bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>Calls the method on the grain.</summary>
    /// <param name="grain">The grain instance.</param>
    protected abstract Task Invoke(object grain);

    internal override void Fail(Exception exception) => _answer.TrySetException(exception);

    private protected override Task Call(object grain) => Invoke(grain);

    private protected override void Answer(Task completed) => _answer.TrySetFromTask(completed);
}

/// <summary>A call with a result.</summary>
/// <typeparam name="TResult">Its type.</typeparam>
/// <param name="method">The method.</param>
public abstract class Request<TResult>(GrainMethod method) : Request(method)
{
    private readonly TaskCompletionSource<TResult> _answer = new();

    /// <summary>Completes when the call has.</summary>
    internal Task<TResult> Task => _answer.Task;

    internal override bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>Calls the method on the grain.</summary>
    /// <param name="grain">The grain instance.</param>
    protected abstract Task<TResult> Invoke(object grain);

    internal override void Fail(Exception exception) => _answer.TrySetException(exception);

    private protected override Task Call(object grain) => Invoke(grain);

    private protected override void Answer(Task completed)
    {
        if (completed is Task<TResult> typed) _answer.TrySetFromTask(typed);
        else _answer.TrySetException(completed.Exception!.InnerExceptions);
    }
}
