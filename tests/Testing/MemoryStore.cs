namespace DlqCluster.Testing;

/// <summary>
/// A store in memory. Each operation is one step under a lock and completes at once, unless hooks are set: <see cref="Before"/> runs before
/// it (to delay it, or to fail it undone), <see cref="After"/> after it (to delay its answer, or to fail what was in fact done).
/// </summary>
public abstract class MemoryStore
{
    private readonly Lock _gate = new();

    /// <summary>Runs before each operation, with its name (<c>ledger.put</c>). What it throws, its caller gets; nothing was done.</summary>
    public Func<string, Task>? Before { get; set; }

    /// <summary>Runs after each operation. What it throws, the caller gets; everything was done.</summary>
    public Func<string, Task>? After { get; set; }

    /// <summary>Does an operation.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="act">What to do, under the lock.</param>
    protected Task<TResult> Do<TResult>(string operation, Func<TResult> act)
    {
        if (Before is not null || After is not null) return DoBetweenHooks(operation, act);
        try
        {
            lock (_gate) return Task.FromResult(act());
        }
        catch (Exception error)
        {
            return Task.FromException<TResult>(error);
        }
    }

    private async Task<TResult> DoBetweenHooks<TResult>(string operation, Func<TResult> act)
    {
        if (Before is { } before) await before(operation);
        TResult result;
        lock (_gate) result = act();
        if (After is { } after) await after(operation);
        return result;
    }
}
