using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Turns;

/// <summary>Tries what may and may not be done in and out of turns.</summary>
public interface IContextGrain : IGrainWithStringKey
{
    Task FailUnawaited();

    Task<string> Identity();

    Task<bool> SendToSelf();

    Task<object> Activation();

    Task LeakAsyncLocal();

    Task<bool> SeesAsyncLocal();
}

internal sealed class ContextGrain : Grain, IContextGrain
{
    private static readonly AsyncLocal<object?> _local = new();

    public Task FailUnawaited()
    {
        SynchronizationContext.Current!.Post(static _ => throw new IOException("nobody looks"), null);
        return Task.CompletedTask;
    }

    public Task<string> Identity() =>
        Task.FromResult(
            $"{IdentityString} {RuntimeIdentity} {GrainReference} {GrainContext.GrainInstance == this} {ServiceProvider is not null}");

    public Task<bool> SendToSelf()
    {
        var ran = false;
        SynchronizationContext.Current!.Send(_ => ran = true, null);
        return Task.FromResult(ran && SynchronizationContext.Current.CreateCopy() == SynchronizationContext.Current);
    }

    public Task<object> Activation() => Task.FromResult<object>(this);

    public Task LeakAsyncLocal()
    {
        _local.Value = this;
        return Task.CompletedTask;
    }

    public Task<bool> SeesAsyncLocal() => Task.FromResult(_local.Value is not null);
}

public class ContextTests
{
    [Fact]
    public void A_turn_that_nobody_awaits_and_that_fails_is_logged() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<IContextGrain>("a").FailUnawaited();
        await time.SettleAsync();
        Assert.Contains(silo.Log.Lines, line => line.Contains("A turn of context/a#1 that nobody awaits failed", StringComparison.Ordinal));
        Assert.True(await silo.Grain<IContextGrain>("a").SendToSelf());
    });

    [Fact]
    public void A_grain_knows_who_and_where_it_is() => TestSilo.Run(async (silo, _) =>
        Assert.Equal(
            $"context/a Silo GrainReference:context/a:{typeof(IContextGrain).FullName} True True",
            await silo.Grain<IContextGrain>("a").Identity()));

    [Fact]
    public void What_is_not_a_turn_may_not_act_as_one() => TestSilo.Run(async (silo, _) =>
    {
        var grain = (Grain)await silo.Grain<IContextGrain>("a").Activation();
        Assert.Throws<InvalidOperationException>(() => grain.RegisterGrainTimer(() => Task.CompletedTask, TimeSpan.Zero, TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => ((IGrainRuntime)silo.Runtime).DelayDeactivation(grain.GrainContext, TimeSpan.Zero));
        Assert.Throws<NotSupportedException>(() => ((SynchronizationContext)grain.GrainContext).Send(_ => { }, null));
        var deactivated = grain.GrainContext.Deactivated;
        grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The test wants it."));
        await deactivated;
        Assert.Equal(0, silo.Runtime.ActivationCount);
    });

    [Fact]
    public void What_a_turn_leaves_in_async_locals_does_not_show_in_the_next() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<IContextGrain>("a");
        var calls = new[] { grain.LeakAsyncLocal(), grain.SeesAsyncLocal() };
        await Task.WhenAll(calls);
        Assert.False(await (Task<bool>)calls[1]);
    });
}
