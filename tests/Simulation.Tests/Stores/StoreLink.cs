using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Time;
using DlqCluster.Storage;
using Orleans.Storage;

namespace DlqCluster.Simulation.Stores;

/// <summary>
/// One silo's connection to the stores. An operation takes its time on the way, takes effect at one moment, and takes its time back. What is
/// on its way when the silo dies may still arrive.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="silo">The silo.</param>
internal sealed class StoreLink(World world, VirtualSilo silo)
{
    private const double AtOnce = 0.3;
    private const double Survives = 0.5;
    private const int LingerMs = 4_000;

    /// <summary>Whose it is.</summary>
    public VirtualSilo Silo => silo;

    private Chance Chance => world.StoreChance;

    /// <summary>Does an operation.</summary>
    /// <typeparam name="T">What it results in.</typeparam>
    /// <param name="call">The operation.</param>
    /// <param name="act">Does it, at one moment.</param>
    public Task<T> DoAsync<T>(StoreCall call, Func<T> act)
    {
        var weather = world.WeatherOf(call.Operation);
        var fate = Draw(call.Operation, weather);
        var before = Delay(weather);
        var after = Delay(weather);
        act = world.Bug.OnStore(call, act);
        if (before == TimeSpan.Zero && after == TimeSpan.Zero && fate == Fate.Done)
            return Apply(call, act, fate, out var done) is { } failed ? Task.FromException<T>(failed) : Task.FromResult(done!);
        var answer = new TaskCompletionSource<T>();
        var survives = Chance.Happens(Survives);
        world.Process.After(before, () =>
        {
            if (silo.Process.IsDead && !survives) return;
            var error = Apply(call, act, fate, out var result);
            silo.Process.After(after, () =>
            {
                if (error is null) answer.SetResult(result!);
                else answer.SetException(error);
            });
        });
        return answer.Task;
    }

    private Exception? Apply<T>(StoreCall call, Func<T> act, Fate fate, out T? result)
    {
        result = default;
        world.Trace.Add($"{silo.Name} {call.Operation} {call.Subject}: {fate}");
        if (fate == Fate.Undone)
        {
            world.Promises.OnRefused(call);
            return new StorageUnavailableException($"{call.Operation} was refused; nothing was done.");
        }

        try
        {
            result = act();
            world.Evidence.OnStored(call, result);
        }
        catch (InconsistentStateException conflict)
        {
            world.Trace.Add($"{silo.Name} {call.Operation} {call.Subject}: conflict");
            return conflict;
        }

        return fate switch
        {
            Fate.Deceived => new StorageUnavailableException($"{call.Operation} timed out; it may have been done."),
            Fate.Conflicted => new InconsistentStateException($"{call.Operation} found another version."),
            _ => null,
        };
    }

    private Fate Draw(string operation, in StoreWeather weather)
    {
        if (Chance.Happens(weather.Fails)) return Fate.Undone;
        // Nothing comes of a read but its answer.
        if (Chance.Happens(weather.Deceives)) return operation == LinkedStates.Read ? Fate.Undone : Fate.Deceived;
        return operation is LinkedStates.Write or LinkedStates.Clear && Chance.Happens(weather.Conflicts) ? Fate.Conflicted : Fate.Done;
    }

    private TimeSpan Delay(in StoreWeather weather)
    {
        if (Chance.Happens(weather.Lingers)) return Chance.Span(0, LingerMs);
        return Chance.Happens(AtOnce) ? TimeSpan.Zero : Chance.Span(0, weather.MostDelayMs);
    }
}
