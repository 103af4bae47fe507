namespace DlqCluster.Sqlite.Engine;

/// <summary>What became of an item that was posted to a pump.</summary>
internal enum Posted
{
    /// <summary>It will be handled.</summary>
    Accepted,

    /// <summary>Too many wait.</summary>
    Full,

    /// <summary>The pump has been stopped.</summary>
    Stopped,
}

/// <summary>A bounded queue with a thread of its own, which takes whatever waits, up to a limit, and handles it in one go.</summary>
internal sealed class Pump<T>
{
    private readonly object _gate = new();
    private readonly Queue<T> _queue = new();
    private readonly int _capacity;
    private readonly T[] _batch;
    private readonly Action<ArraySegment<T>> _handle;
    private readonly Thread _thread;
    private bool _idle;
    private bool _stopping;

    /// <summary>Makes a pump and starts its thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="capacity">The most items that may wait.</param>
    /// <param name="maxBatch">The most items to handle in one go.</param>
    /// <param name="priority">The thread's priority.</param>
    /// <param name="handle">Handles a batch. It may not throw.</param>
    public Pump(string name, int capacity, int maxBatch, ThreadPriority priority, Action<ArraySegment<T>> handle)
    {
        _capacity = capacity;
        _batch = new T[maxBatch];
        _handle = handle;
        _thread = new Thread(Loop) { Name = name, IsBackground = true, Priority = priority };
        _thread.Start();
    }

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _queue.Count;
        }
    }

    /// <summary>Adds an item, without waiting.</summary>
    public Posted Post(T item)
    {
        lock (_gate)
        {
            if (_stopping) return Posted.Stopped;
            if (_queue.Count >= _capacity) return Posted.Full;
            _queue.Enqueue(item);
            if (_idle) Monitor.Pulse(_gate);
            return Posted.Accepted;
        }
    }

    /// <summary>Takes no more items, handles those that wait, and ends the thread.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void Loop()
    {
        while (Take() is var count and > 0)
        {
            _handle(new ArraySegment<T>(_batch, 0, count));
            Array.Clear(_batch, 0, count);
        }
    }

    private int Take()
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_stopping)
            {
                _idle = true;
                Monitor.Wait(_gate);
                _idle = false;
            }

            var count = Math.Min(_queue.Count, _batch.Length);
            for (var i = 0; i < count; i++) _batch[i] = _queue.Dequeue();
            return count;
        }
    }
}
