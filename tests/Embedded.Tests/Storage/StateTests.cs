using DlqCluster.Embedded.Testing;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace DlqCluster.Embedded.Tests.Storage;

/// <summary>Keeps a number.</summary>
public interface INumberGrain : IGrainWithStringKey
{
    Task<int> Get();

    Task<string?> Etag();

    Task Set(int value);

    Task SetTwiceInOneTurn(int first, int second);

    Task Clear();

    Task<int> Reload();

    Task<bool> Exists();

    Task SwallowConflict(int value);

    Task WriteOutsideOfTurns();
}

/// <summary>The number.</summary>
[GenerateSerializer, Immutable]
public sealed record Number([property: Id(0)] int Value)
{
    public Number()
        : this(0)
    {
    }
}

internal sealed class NumberGrain([PersistentState("number", "memory")] IPersistentState<Number> state, Trace trace) : Grain, INumberGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        trace.Add($"activated with {state.State.Value}");
        return Task.CompletedTask;
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);

    public Task<string?> Etag() => Task.FromResult(state.Etag);

    public Task<bool> Exists() => Task.FromResult(state.RecordExists);

    public Task Set(int value)
    {
        state.State = new Number(value);
        return state.WriteStateAsync();
    }

    public Task SetTwiceInOneTurn(int first, int second)
    {
        state.State = new Number(first);
        var one = state.WriteStateAsync();
        state.State = new Number(second);
        var other = state.WriteStateAsync();
        return Task.WhenAll(one, other);
    }

    public Task Clear() => state.ClearStateAsync();

    public async Task<int> Reload()
    {
        await state.ReadStateAsync();
        return state.State.Value;
    }

    public async Task SwallowConflict(int value)
    {
        try
        {
            await Set(value);
        }
        catch (InconsistentStateException)
        {
            await state.ReadStateAsync();
        }
    }

    public async Task WriteOutsideOfTurns()
    {
        await Task.Delay(1, CancellationToken.None).ConfigureAwait(false);
        await state.WriteStateAsync();
    }
}

/// <summary>Asks for a store that nobody has.</summary>
public interface IStorelessGrain : IGrainWithStringKey
{
    Task Touch();
}

internal sealed class StorelessGrain([PersistentState("x", "nowhere")] IPersistentState<Number> state) : Grain, IStorelessGrain
{
    public Task Touch() => state.WriteStateAsync();
}

public class StateTests
{
    [Fact]
    public void State_is_read_before_activation_and_outlives_it()
    {
        var storage = new MemoryStorage();
        foreach (var expected in new[] { 0, 7 })
        {
            var time = new VirtualTime();
            using var silo = TestSilo.On(time, storage: storage);
            time.Run(async () =>
            {
                await silo.Runtime.StartAsync();
                var grain = silo.Grain<INumberGrain>("a");
                Assert.Equal(expected, await grain.Get());
                Assert.Equal(expected > 0, await grain.Exists());
                await grain.Set(7);
                Assert.NotNull(await grain.Etag());
            });
            Assert.Equal($"activated with {expected}", silo.Trace.Text);
        }
    }

    [Fact]
    public void A_conflict_reaches_the_caller_and_the_next_activation_has_the_stored_state() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<INumberGrain>("a");
        await grain.Set(1);
        silo.Storage.Meddle("number/a/number", new Number(99));
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Set(2));
        Assert.Equal("meddled", conflict.StoredEtag);
        Assert.Equal(99, await grain.Get());
        Assert.Equal("activated with 0 activated with 99", silo.Trace.Text);
    });

    [Fact]
    public void A_grain_that_handles_a_conflict_itself_stays() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<INumberGrain>("a");
        await grain.Set(1);
        silo.Storage.Meddle("number/a/number", new Number(99));
        await grain.SwallowConflict(2);
        Assert.Equal(99, await grain.Get());
        Assert.Equal("activated with 0", silo.Trace.Text);
    });

    [Fact]
    public void A_stores_own_errors_come_wrapped() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<INumberGrain>("a");
        await grain.Set(1);
        silo.Storage.Before = () => throw new IOException("disk full");
        var thrown = await Assert.ThrowsAsync<OrleansException>(() => grain.Set(2));
        Assert.IsType<IOException>(thrown.InnerException);
        Assert.Contains("number/a", thrown.Message, StringComparison.Ordinal);
        silo.Storage.Before = () => Task.CompletedTask;
        await grain.Set(3);
        Assert.Equal(3, await grain.Get());
    });

    [Fact]
    public void A_state_that_cannot_be_read_fails_the_activation() => TestSilo.Run(async (silo, time) =>
    {
        silo.Storage.Before = () => throw new IOException("no disk");
        await Assert.ThrowsAsync<OrleansException>(() => silo.Grain<INumberGrain>("a").Get());
        Assert.Empty(silo.Trace.Lines);
        silo.Storage.Before = () => Task.CompletedTask;
        Assert.Equal(0, await silo.Grain<INumberGrain>("a").Get());
    });

    [Fact]
    public void Writes_of_one_turn_are_one_write() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<INumberGrain>("a");
        await grain.SetTwiceInOneTurn(1, 2);
        Assert.Equal(1, silo.Storage.Writes);
        Assert.Equal(2, await grain.Reload());
    });

    [Fact]
    public void A_state_can_be_cleared() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<INumberGrain>("a");
        await grain.Set(5);
        await grain.Clear();
        Assert.False(await grain.Exists());
        Assert.Null(await grain.Etag());
        Assert.Equal(0, await grain.Get());
        await grain.Set(6);
        Assert.Equal(6, await grain.Reload());
    });

    [Fact]
    public void A_missing_store_fails_the_call() => TestSilo.Run(async (silo, _) =>
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grain<IStorelessGrain>("a").Touch());
        Assert.IsType<BadProviderConfigException>(thrown.InnerException);
    });

    [Fact]
    public async Task State_is_written_in_turns_only()
    {
        using var silo = TestSilo.OnThreads();
        await silo.Runtime.StartAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grain<INumberGrain>("a").WriteOutsideOfTurns());
    }
}
