using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Calls;

/// <summary>Answers, fails and calls in every way there is.</summary>
public interface ICallGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);

    ValueTask Nothing();

    ValueTask<int> Sum(int a, int b);

    Task FailAt(string point);

    Task<string> FailAfter(object exception);

    Task Cancel();

    Task Hang(object gate);

    Task<string> CallOther(string key, string text);

    Task CallInCircle(string key);

    Task<string?> Context(string key);

    Task<string?> ContextOfOther(string key);

    Task SetContext(string key, string value);

    [AlwaysInterleave]
    Task<string> SelfAndBack(int depth);

    Task<object> Keep(object value);
}

internal sealed class CallGrain(Trace trace) : Grain, ICallGrain
{
    public Task<string> Echo(string text)
    {
        trace.Add($"echo {text}");
        return Task.FromResult($"{this.GetPrimaryKeyString()}: {text}");
    }

    public ValueTask Nothing() => default;

    public async ValueTask<int> Sum(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    public Task FailAt(string point) => throw new InvalidOperationException(point);

    public async Task<string> FailAfter(object exception)
    {
        await Task.Yield();
        throw (Exception)exception;
    }

    public Task Cancel() => Task.FromCanceled(new CancellationToken(canceled: true));

    public async Task Hang(object gate)
    {
        trace.Add("hang");
        await ((Gate)gate).Opened;
        trace.Add("done");
    }

    public async Task<string> CallOther(string key, string text)
    {
        var answer = await GrainFactory.GetGrain<ICallGrain>(key).Echo(text);
        Assert.Same(GrainContext, SynchronizationContext.Current);
        return $"{answer} by {IdentityString}";
    }

    public async Task CallInCircle(string key)
    {
        trace.Add(this.GetPrimaryKeyString());
        await GrainFactory.GetGrain<ICallGrain>(key).CallInCircle(this.GetPrimaryKeyString());
    }

    public Task<string?> Context(string key) => Task.FromResult((string?)RequestContext.Get(key));

    public async Task<string?> ContextOfOther(string key)
    {
        await Task.Yield();
        return await GrainFactory.GetGrain<ICallGrain>("other").Context(key);
    }

    public Task SetContext(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public async Task<string> SelfAndBack(int depth) =>
        depth == 0 ? "." : "(" + await this.AsReference<ICallGrain>().SelfAndBack(depth - 1) + ")";

    public Task<object> Keep(object value) => Task.FromResult(value);
}
