using Orleans;
using Orleans.Concurrency;

namespace DlqCluster.Embedded.Tests.Turns;

/// <summary>Steps that can be watched and held up.</summary>
public interface ISteps : IGrainWithStringKey
{
    Task Step(string name, object gate);

    [AlwaysInterleave]
    Task Interleave(string name, object gate);

    [ReadOnly]
    Task Look(string name, object gate);

    [OneWay]
    Task Tell(string name, object gate);

    Task Background(string name, object gate);

    ValueTask<int> Count();
}

/// <summary>One at a time.</summary>
public interface IPlainGrain : ISteps;

/// <summary>All at once.</summary>
public interface IReentrantGrain : ISteps;

internal abstract class StepsGrain(Trace trace) : Grain, ISteps
{
    private int _count;

    public Task Step(string name, object gate) => Do(name, gate);

    public Task Interleave(string name, object gate) => Do(name, gate);

    public Task Look(string name, object gate) => Do(name, gate);

    public async Task Tell(string name, object gate)
    {
        await Do(name, gate);
        throw new InvalidOperationException("Nobody hears this.");
    }

    public Task Background(string name, object gate)
    {
        _ = Do(name, gate);
        return Task.CompletedTask;
    }

    public ValueTask<int> Count() => new(_count);

    private async Task Do(string name, object gate)
    {
        trace.Add($"{name}(");
        await ((Gate)gate).Opened;
        Assert.Same(GrainContext, SynchronizationContext.Current);
        _count++;
        trace.Add($"){name}");
    }
}

internal sealed class PlainGrain(Trace trace) : StepsGrain(trace), IPlainGrain;

[Reentrant]
internal sealed class ReentrantGrain(Trace trace) : StepsGrain(trace), IReentrantGrain;

/// <summary>Counts without any lock, on threads.</summary>
public interface ITallyGrain : IGrainWithStringKey
{
    Task Add(int times);

    Task<int> Total();
}

[Reentrant]
internal sealed class TallyGrain : Grain, ITallyGrain
{
    private int _total;
    private int _inside;

    public async Task Add(int times)
    {
        for (var i = 0; i < times; i++)
        {
            // Two turns at once would show here.
            Assert.Equal(1, ++_inside);
            _total++;
            _inside--;
            await Task.Yield();
        }
    }

    public Task<int> Total() => Task.FromResult(_total);
}
