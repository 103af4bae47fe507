namespace DlqCluster.Embedded;

/// <summary>The time limit of an activation's own code.</summary>
/// <param name="activation">The activation.</param>
internal sealed class Transition(Activation activation) : Deadline, IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private int _isCancelling;
    private bool _isOver;

    /// <summary>Is cancelled when it is too late.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Gives up. The token's callbacks belong to the activation, so its turn runs them.</summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _isCancelling, 1) == 0) activation.Enqueue(this);
    }

    public void Dispose()
    {
        _isOver = true;
        _source.Dispose();
    }

    internal override void Expire() => Cancel();

    internal override void Run(TurnQueue queue)
    {
        // It may have ended while this waited for its turn.
        if (!_isOver) _source.Cancel();
    }
}
