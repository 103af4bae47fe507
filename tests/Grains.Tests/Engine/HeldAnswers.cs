namespace DlqCluster.Grains.Tests.Engine;

/// <summary>
/// A downstream that answers when it is told to. Not a semaphore: that completes its waiters on the thread pool, while virtual time goes on.
/// </summary>
internal sealed class HeldAnswers
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _free;

    /// <summary>Waits for the word.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource();
            _waiting.Enqueue(waiter);
            return waiter.Task;
        }
    }

    /// <summary>Lets so many answers out, those that wait first.</summary>
    /// <param name="count">How many.</param>
    public void Release(int count = 1)
    {
        var ready = new List<TaskCompletionSource>();
        lock (_lock)
        {
            for (; count > 0 && _waiting.TryDequeue(out var waiter); count--) ready.Add(waiter);
            _free += count;
        }

        foreach (var waiter in ready) waiter.SetResult();
    }
}
