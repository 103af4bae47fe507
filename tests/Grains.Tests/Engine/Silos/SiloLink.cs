using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace DlqCluster.Grains.Tests.Engine.Silos;

/// <summary>
/// What ties silos to the world: its clock, its stores, its downstream. Once it is cut they are as dead as a process is: nothing that they
/// still do has any effect, no answer reaches them, and no timer wakes them.
/// </summary>
/// <param name="time">The world's clock.</param>
/// <param name="oneAtATime">Silos work at the same time, and what a test has to say about a call need not know that.</param>
internal sealed class SiloLink(ClusterTime time, Lock oneAtATime) : TimeProvider
{
    private volatile bool _isCut;

    public bool IsCut => _isCut;

    public void Cut() => _isCut = true;

    /// <summary>The world's store, or its downstream, over this link.</summary>
    /// <typeparam name="TPort">Its port.</typeparam>
    /// <param name="port">It itself.</param>
    public TPort To<TPort>(TPort port)
        where TPort : class => LinkedPort.Of(port, this);

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period, () => !_isCut);

    internal async Task<T> CarryAsync<T>(Func<Task<T>> call)
    {
        if (_isCut) return await Never<T>();
        Task<T> task;
        lock (oneAtATime) task = call();
        try
        {
            var answer = await task;
            return _isCut ? await Never<T>() : answer;
        }
        catch when (_isCut)
        {
            return await Never<T>();
        }
    }

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
}

/// <summary>A port over a link, whatever the port. The runtime derives a class from this for each.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The runtime derives from it.")]
internal class LinkedPort : DispatchProxy
{
    private static readonly ConcurrentDictionary<Type, ICarrier> _carriers = new();

    private object? _port;
    private SiloLink? _link;

    private interface ICarrier
    {
        object Carry(SiloLink link, Func<object> call);
    }

    public static TPort Of<TPort>(TPort port, SiloLink link)
        where TPort : class
    {
        var made = Create<TPort, LinkedPort>();
        ((LinkedPort)(object)made)._port = port;
        ((LinkedPort)(object)made)._link = link;
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var carrier = _carriers.GetOrAdd(targetMethod!.ReturnType, static type => type == typeof(Task)
            ? new Carrier()
            : (ICarrier)Activator.CreateInstance(typeof(Carrier<>).MakeGenericType(type.GenericTypeArguments))!);
        return carrier.Carry(_link!, () => targetMethod.Invoke(_port, BindingFlags.DoNotWrapExceptions, null, args, null)!);
    }

    private sealed class Carrier<T> : ICarrier
    {
        public object Carry(SiloLink link, Func<object> call) => link.CarryAsync(() => (Task<T>)call());
    }

    private sealed class Carrier : ICarrier
    {
        public object Carry(SiloLink link, Func<object> call) => link.CarryAsync(async () =>
        {
            await (Task)call();
            return true;
        });
    }
}
