using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Activations;

/// <summary>Lives and dies, and says so.</summary>
public interface ILifeGrain : IGrainWithStringKey
{
    Task<int> Touch();

    Task<int> TouchAndGo();

    Task Hold(object gate);

    Task Delay(TimeSpan time);

    Task LeaveByContext();
}

/// <summary>What the test wants the life grains to do.</summary>
internal sealed class Fate
{
    public Func<Task> OnActivate { get; set; } = () => Task.CompletedTask;

    public Func<CancellationToken, Task> OnDeactivate { get; set; } = _ => Task.CompletedTask;

    public bool LeavesAtOnce { get; set; }
}

internal sealed class LifeGrain(Trace trace, Fate fate) : Grain, ILifeGrain, IAsyncDisposable
{
    private int _touched;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        trace.Add("activate");
        if (fate.LeavesAtOnce) DeactivateOnIdle();
        await fate.OnActivate().WaitAsync(cancellationToken);
        trace.Add("active");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        trace.Add($"deactivate:{reason.ReasonCode}");
        await fate.OnDeactivate(cancellationToken);
    }

    public Task<int> Touch()
    {
        trace.Add("touch");
        return Task.FromResult(++_touched);
    }

    public async Task<int> TouchAndGo()
    {
        DeactivateOnIdle();
        await Task.Yield();
        return ++_touched;
    }

    public Task Hold(object gate) => ((Gate)gate).Opened;

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task LeaveByContext()
    {
        this.DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        trace.Add("disposed");
        return default;
    }
}

/// <summary>Checks that a grain never has two activations.</summary>
public interface IOnlyGrain : IGrainWithStringKey
{
    Task Use(bool leave);
}

/// <summary>The only activations, by key.</summary>
internal sealed class OnlyOnes
{
    private readonly int[] _present = new int[16];

    public int Activated;

    public void Enter(int key)
    {
        Assert.Equal(1, Interlocked.Increment(ref _present[key]));
        Interlocked.Increment(ref Activated);
    }

    public void Leave(int key) => Assert.Equal(0, Interlocked.Decrement(ref _present[key]));
}

internal sealed class OnlyGrain(OnlyOnes ones) : Grain, IOnlyGrain
{
    private int Key => int.Parse(this.GetPrimaryKeyString(), System.Globalization.CultureInfo.InvariantCulture);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        ones.Enter(Key);
        await Task.Yield();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        ones.Leave(Key);
    }

    public async Task Use(bool leave)
    {
        if (leave) DeactivateOnIdle();
        await Task.Yield();
    }
}

/// <summary>Several at once.</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    Task<long> Work(object gate);
}

[StatelessWorker(3)]
internal sealed class WorkerGrain : Grain, IWorkerGrain
{
    public async Task<long> Work(object gate)
    {
        await ((Gate)gate).Opened;
        return ((Activation)GrainContext).Number;
    }
}

/// <summary>Stays for two minutes.</summary>
public interface IShortGrain : IGrainWithStringKey
{
    Task Touch();
}

[CollectionAgeLimit(Minutes = 2)]
internal sealed class ShortGrain : Grain, IShortGrain
{
    public Task Touch() => Task.CompletedTask;
}

/// <summary>Stays for ever.</summary>
public interface IStayingGrain : IGrainWithIntegerKey
{
    Task<string> Touch();
}

[KeepAlive, GrainType("stays")]
internal sealed class StayingGrain(IGrainContext context) : IGrainBase, IStayingGrain
{
    public IGrainContext GrainContext => context;

    public Task<string> Touch() => Task.FromResult($"{context.GrainId} {this.GetPrimaryKeyLong()}");
}
