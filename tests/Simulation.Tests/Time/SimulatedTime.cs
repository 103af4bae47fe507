namespace DlqCluster.Simulation.Time;

/// <summary>
/// The world's clock and its one thread. Whatever is ready runs, one thing at a time, picked by chance; when nothing is ready the clock goes
/// to the next alarm. Time never passes while something can run.
/// </summary>
/// <param name="order">Picks what runs next.</param>
/// <param name="trace">Notes every pick.</param>
internal sealed class SimulatedTime(Chance order, Trace trace)
{
    /// <summary>When a world begins.</summary>
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>More than any world takes that comes to an end.</summary>
    private const long MostTurns = 2_000_000;

    private readonly List<Ready> _ready = [];
    private readonly PriorityQueue<(Alarm Alarm, long Version), (long Due, long Number)> _alarms = new();
    private long _number;
    private (long Step, Action Act)? _armed;
    private long _turns;

    /// <summary>How far the world's own clock has come, in ticks. It never jumps.</summary>
    public long Ticks { get; private set; }

    /// <summary>How many things have run.</summary>
    public long Steps { get; private set; }

    /// <summary>The world's own clock, which nobody inside reads.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Ticks);

    /// <summary>Lets something happen between two of the next steps, whatever is under way then: at any await.</summary>
    /// <param name="steps">After how many steps.</param>
    /// <param name="act">What.</param>
    public void AfterSteps(int steps, Action act)
    {
        _armed?.Act();
        _armed = (Steps + steps, act);
    }

    /// <summary>Runs until something holds, or nothing is left, or a time is reached.</summary>
    /// <param name="end">The time.</param>
    /// <param name="holds">What may hold; it is asked between steps.</param>
    public void Run(TimeSpan end, Func<bool> holds)
    {
        while (!holds())
        {
            if (++_turns > MostTurns) throw new InvalidOperationException($"It goes round and round at {Elapsed}.");
            if (_armed is { } armed && Steps >= armed.Step)
            {
                _armed = null;
                armed.Act();
            }
            else if (!RunOne() && !GoOn(end.Ticks))
            {
                return;
            }
        }
    }

    /// <summary>Adds something that is ready to run.</summary>
    public void Add(in Ready ready) => _ready.Add(ready);

    /// <summary>Sets an alarm.</summary>
    public void Set(Alarm alarm, TimeSpan dueTime) =>
        _alarms.Enqueue((alarm, alarm.Version), (Ticks + Math.Max(0, dueTime.Ticks), ++_number));

    private bool RunOne()
    {
        while (_ready.Count > 0)
        {
            var pick = order.Below(_ready.Count);
            var ready = _ready[pick];
            _ready[pick] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            // The dead do nothing.
            if (ready.Owner.IsDead) continue;
            Steps++;
            trace.Mix((ulong)Ticks ^ ((ulong)pick << 48) ^ ((ulong)_ready.Count << 56));
            ready.Owner.Execute(ready);
            return true;
        }

        return false;
    }

    private bool GoOn(long end)
    {
        while (_alarms.TryPeek(out var next, out var at))
        {
            if (next.Alarm.Version != next.Version || next.Alarm.Owner.IsDead)
            {
                _alarms.Dequeue();
                continue;
            }

            if (at.Due > end) break;
            _alarms.Dequeue();
            Ticks = Math.Max(Ticks, at.Due);
            next.Alarm.Fire();
            return true;
        }

        Ticks = Math.Max(Ticks, end);
        return false;
    }
}

/// <summary>Something that is ready to run.</summary>
/// <param name="Owner">The process that it is a part of.</param>
/// <param name="Work">A work item, or a callback with its state.</param>
/// <param name="State">The callback's argument.</param>
internal readonly record struct Ready(SimulatedProcess Owner, object Work, object? State = null);
