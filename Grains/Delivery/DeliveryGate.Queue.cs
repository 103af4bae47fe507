using DlqCluster.Hosting;

namespace DlqCluster.Delivery;

/// <content>Those that wait at the gate.</content>
internal sealed partial class DeliveryGate
{
    private readonly PriorityQueue<Waiter, (DateTimeOffset Rank, long Arrival)> _queue = new();
    private long _arrivals;
    private int _waiting;

    private int Comfortable => ComfortableFor(_options);

    /// <summary>So many may wait before the ledger brings no more; at least one.</summary>
    public static int ComfortableFor(DeliveryOptions options) => (options.MaxWaiting + 1) / 2;

    /// <summary>Lets a waiter in, unless it gave up at this very moment; whoever of the two is first counts it out.</summary>
    /// <returns>Whether it is in.</returns>
    private bool Admit(Waiter waiter, GateTicket ticket)
    {
        if (!waiter.TrySetResult(ticket)) return false;
        _waiting--;
        _inFlight++;
        return true;
    }

    /// <summary>Removes those that gave up from the head of the queue.</summary>
    /// <returns>Whether anybody waits.</returns>
    private bool DropCancelled()
    {
        while (_queue.TryPeek(out var head, out _) && head.Task.IsCompleted) _queue.Dequeue();
        return _queue.Count > 0;
    }

    private void OnGone(Waiter waiter)
    {
        lock (_lock)
        {
            _waiting--;
            // At a gate that stays shut those that gave up would otherwise gather behind the first.
            _queue.Remove(waiter, out _, out _);
        }
    }

    private void OnDrain()
    {
        List<Waiter> leaving = [];
        lock (_lock)
            while (_queue.TryDequeue(out var waiter, out _)) leaving.Add(waiter);

        foreach (var waiter in leaving)
            if (waiter.TrySetResult(new GateTicket(Admission.Closing))) OnGone(waiter);
    }

    /// <summary>A message that waits.</summary>
    private sealed class Waiter(DeliveryGate gate) : TaskCompletionSource<GateTicket>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public void CancelWith(CancellationToken token)
        {
            if (!token.CanBeCanceled) return;
            token.UnsafeRegister(static waiter => ((Waiter)waiter!).Cancel(), this);
        }

        private void Cancel()
        {
            // Whoever is admitted at the same moment stays admitted.
            if (TrySetCanceled()) gate.OnGone(this);
        }
    }
}
