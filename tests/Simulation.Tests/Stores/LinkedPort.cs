using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using DlqCluster.Simulation.Silos;

namespace DlqCluster.Simulation.Stores;

/// <summary>An operation of a store.</summary>
/// <param name="Silo">The silo that asks for it.</param>
/// <param name="Operation">Its name, such as <c>ledger.Put</c>.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record StoreCall(VirtualSilo Silo, string Operation, object?[] Arguments)
{
    /// <summary>What it is about, for the trace: the arguments that tell.</summary>
    public string Subject => string.Join(' ', Arguments.Select(static argument => argument switch
    {
        null => "none",
        DateTimeOffset time => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        DeadLetters.Letter letter => $"{letter.MessageId} {letter.Status} {letter.Generation}",
        Ledger.LedgerEntry entry => $"{entry.MessageId} {entry.Lane} {entry.Due.ToUnixTimeMilliseconds()}",
        string or ValueType => Convert.ToString(argument, CultureInfo.InvariantCulture),
        _ => argument.GetType().Name,
    }));
}

/// <summary>
/// A store's port over a silo's connection, whatever the port: each call goes over the link, and is then made on the world's own store, which
/// answers at once. The runtime derives a class from this for each port.
/// </summary>
[SuppressMessage("Performance", "CA1852", Justification = "The runtime derives from it.")]
internal class LinkedPort : DispatchProxy
{
    private static readonly ConcurrentDictionary<MethodInfo, (string Name, IMaker Maker)> _methods = new();

    private string _prefix = "";
    private object? _store;
    private StoreLink? _link;

    private interface IMaker
    {
        object Make(StoreLink link, StoreCall call, Func<object> act);
    }

    /// <summary>Makes one.</summary>
    /// <typeparam name="TPort">The port.</typeparam>
    /// <param name="prefix">What its operations' names begin with.</param>
    /// <param name="store">The world's store.</param>
    /// <param name="link">The connection.</param>
    public static TPort Of<TPort>(string prefix, TPort store, StoreLink link)
        where TPort : class
    {
        var port = Create<TPort, LinkedPort>();
        var linked = (LinkedPort)(object)port;
        (linked._prefix, linked._store, linked._link) = (prefix, store, link);
        return port;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var (name, maker) = _methods.GetOrAdd(targetMethod!, static method => (ShortName(method), MakerFor(method.ReturnType)));
        var call = new StoreCall(_link!.Silo, $"{_prefix}.{name}", args ?? []);
        return maker.Make(_link, call, () => targetMethod!.Invoke(_store, BindingFlags.DoNotWrapExceptions, null, args, null)!);
    }

    private static string ShortName(MethodInfo method) =>
        method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^"Async".Length] : method.Name;

    private static IMaker MakerFor(Type type)
    {
        if (type == typeof(Task)) return new PlainMaker();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            return (IMaker)Activator.CreateInstance(typeof(Maker<>).MakeGenericType(type.GenericTypeArguments))!;
        throw new NotSupportedException($"The simulator cannot carry a store's operation that returns {type}.");
    }

    private sealed class Maker<T> : IMaker
    {
        public object Make(StoreLink link, StoreCall call, Func<object> act) =>
            link.DoAsync(call, () => ((Task<T>)act()).GetAwaiter().GetResult());
    }

    private sealed class PlainMaker : IMaker
    {
        public object Make(StoreLink link, StoreCall call, Func<object> act) => link.DoAsync(call, () =>
        {
            ((Task)act()).GetAwaiter().GetResult();
            return true;
        });
    }
}
