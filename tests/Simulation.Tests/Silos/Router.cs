using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using DlqCluster.Simulation.Time;
using DlqCluster.Simulation.Workload;
using Orleans.Concurrency;

namespace DlqCluster.Simulation.Silos;

/// <summary>
/// Makes references that ask the directory anew for each call, and go over a network that delays, and loses either half of a call. It is
/// what the grains of a silo get for a factory, and what clients use.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="silo">The silo whose grains call, or that the clients are connected to.</param>
/// <param name="outside">The process that calls when that is not the silo itself.</param>
internal sealed class Router(World world, VirtualSilo silo, SimulatedProcess? outside = null) : IGrainFactory
{
    private SimulatedProcess Caller => outside ?? silo.Process;

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        Reference(silo.Runtime.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix));

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        Reference(silo.Runtime.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix));

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => Reference(silo.Runtime.GetGrain<TGrainInterface>(grainId));

    /// <summary>Makes a call.</summary>
    /// <typeparam name="T">What it results in.</typeparam>
    /// <param name="call">Whom, what and with what.</param>
    public async Task<T> CallAsync<T>(GrainCall call)
    {
        call = world.Bug.OnCall(call with { Caller = silo });
        var target = world.Directory.Find(call.Grain, call.Contract, silo)
            ?? throw new SiloUnavailableException("There is no silo.");
        var isRemote = target != silo || outside is not null;
        world.Trace.Add($"{Caller.Name} calls {call} at {target.Name}");
        var way = isRemote ? world.Network.Draw(silo, target) : default;
        if (way.Before > TimeSpan.Zero) await Caller.Delay(way.Before);
        if (way.IsRequestLost) await LoseAsync(call);
        // What arrives where the grain has been is passed on; only a directory that errs has it in two places.
        if (target != silo && !world.Directory.Holds(target, call.Grain)) target = world.Directory.Find(call.Grain, call.Contract, target) ?? target;
        if (target.DiedAt is not null) throw new SiloUnavailableException($"{target.Name} is dead.");
        var answer = world.Bug.Swallows(call) ? default! : await RunAsync<T>(call, target);
        answer = world.Bug.OnAnswer(call, answer);
        world.Promises.OnAnswer(call, target, answer);
        if (way.IsAnswerLost) await LoseAsync(call);
        if (way.After > TimeSpan.Zero) await Caller.Delay(way.After);
        return answer;
    }

    private static async Task<T> RunAsync<T>(GrainCall call, VirtualSilo target)
    {
        var task = call.Method.Invoke(target.Runtime.GetReference(call.Contract, call.Grain), BindingFlags.DoNotWrapExceptions, null, call.Arguments, null);
        if (task is Task<T> typed) return await typed;
        await (Task)task!;
        return default!;
    }

    private TGrainInterface Reference<TGrainInterface>(TGrainInterface real)
        where TGrainInterface : IAddressable
    {
        var reference = DispatchProxy.Create<TGrainInterface, RoutedReference>();
        ((RoutedReference)(object)reference).Init(this, ((GrainReference)(object)real).GrainId, typeof(TGrainInterface));
        return reference;
    }

    private async Task LoseAsync(GrainCall call)
    {
        await Caller.Delay(Setup.ResponseTimeout);
        throw new TimeoutException($"{call} did not answer in time.");
    }
}

/// <summary>A call of a grain on its way.</summary>
/// <param name="Grain">The grain.</param>
/// <param name="Contract">The interface.</param>
/// <param name="Method">The method.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record GrainCall(GrainId Grain, Type Contract, MethodInfo Method, object?[] Arguments)
{
    /// <summary>The silo that calls, or that the client is connected to.</summary>
    public VirtualSilo? Caller { get; init; }

    public override string ToString() => $"{Method.Name} of {Grain}";
}

/// <summary>A reference to a grain wherever it is. The runtime derives a class from this for each interface.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The runtime derives from it.")]
internal class RoutedReference : DispatchProxy
{
    private static readonly ConcurrentDictionary<Type, ICaller> _callers = new();

    private Router? _router;
    private GrainId _grain;
    private Type? _contract;

    private interface ICaller
    {
        object Call(Router router, GrainCall call);
    }

    public void Init(Router router, GrainId grain, Type contract) => (_router, _grain, _contract) = (router, grain, contract);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var caller = _callers.GetOrAdd(targetMethod!.ReturnType, static type =>
            (ICaller)Activator.CreateInstance(typeof(Caller<>).MakeGenericType(type == typeof(Task) ? typeof(bool) : type.GenericTypeArguments[0]))!);
        var answer = caller.Call(_router!, new GrainCall(_grain, _contract!, targetMethod, args ?? []));
        // Nobody waits for a one-way call, and nobody hears that it was lost.
        return targetMethod.IsDefined(typeof(OneWayAttribute)) ? Task.CompletedTask : answer;
    }

    private sealed class Caller<T> : ICaller
    {
        public object Call(Router router, GrainCall call) => router.CallAsync<T>(call);
    }
}
