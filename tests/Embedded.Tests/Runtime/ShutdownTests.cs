using DlqCluster.Embedded.Testing;
using DlqCluster.Embedded.Tests.Activations;
using DlqCluster.Embedded.Tests.Calls;
using DlqCluster.Embedded.Tests.Timers;
using DlqCluster.Embedded.Tests.Turns;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Runtime;

/// <summary>Calls another grain when it goes.</summary>
public interface IClingingGrain : IGrainWithStringKey
{
    Task CallWhenLeaving(string key);

    Task Nothing();
}

internal sealed class ClingingGrain(Trace trace) : Grain, IClingingGrain
{
    private string? _other;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_other is null) return;
        try
        {
            await GrainFactory.GetGrain<IClingingGrain>(_other).Nothing();
            trace.Add("called");
        }
        catch (SiloUnavailableException)
        {
            trace.Add("refused");
        }
    }

    public Task CallWhenLeaving(string key)
    {
        _other = key;
        return Task.CompletedTask;
    }

    public Task Nothing() => Task.CompletedTask;
}

public class ShutdownTests
{
    private readonly Fate _fate = new();

    [Fact]
    public void Stopping_deactivates_everything_and_says_why() => Run(async (silo, _) =>
    {
        for (var i = 0; i < 600; i++) await silo.Grain<ILifeGrain>($"{i}").Touch();
        await silo.Runtime.StopAsync();
        Assert.Equal(600, silo.Trace.Lines.Count(line => line == "deactivate:ShuttingDown"));
        Assert.Equal(0, silo.Runtime.ActivationCount);
        Assert.Equal(RuntimeState.Stopped, silo.Runtime.State);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Grain<ILifeGrain>("1").Touch());
        await silo.Runtime.StopAsync();
    });

    [Fact]
    public void What_runs_may_finish_while_new_calls_are_refused() => Run(async (silo, time) =>
    {
        Gate first = new(), second = new();
        var grain = silo.Grain<IPlainGrain>("a");
        var calls = new[] { grain.Step("1", first), grain.Step("2", second) };
        await time.SettleAsync();
        var stopping = silo.Runtime.StopAsync();
        await time.SettleAsync();
        Assert.Equal(RuntimeState.Stopping, silo.Runtime.State);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Step("3", first));
        first.Open();
        second.Open();
        await Task.WhenAll(calls);
        await stopping;
        Assert.Equal("1( )1 2( )2", silo.Trace.Text);
    });

    [Fact]
    public void A_request_that_is_finishing_may_call_other_grains() => Run(async (silo, time) =>
    {
        var calls = Enumerable.Range(0, 50).Select(i => silo.Grain<ICallGrain>($"a{i}").CallOther($"b{i}", "x")).ToArray();
        await silo.Runtime.StopAsync();
        Assert.Equal("b7: x by call/a7", (await Task.WhenAll(calls))[7]);
    });

    [Fact]
    public void What_hangs_is_named_and_left_behind() => Run(async (silo, time) =>
    {
        _fate.OnDeactivate = _ => Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
        await silo.Grain<ILifeGrain>("clings").Touch();
        var hanging = silo.Grain<ICallGrain>("hangs").Hang(new Gate());
        var startedAt = time.GetUtcNow();
        await silo.Runtime.StopAsync();
        Assert.InRange((time.GetUtcNow() - startedAt).TotalSeconds, 1, 15.1);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => hanging);
        var named = Assert.Single(silo.Log.Lines, line => line.Contains("call/hangs", StringComparison.Ordinal));
        Assert.Contains("ICallGrain.Hang", named, StringComparison.Ordinal);
    });

    [Fact]
    public void Many_that_hang_do_not_keep_the_others_from_leaving() => Run(
        async (silo, time) =>
        {
            foreach (var i in Enumerable.Range(0, 3)) _ = silo.Grain<ICallGrain>($"hangs{i}").Hang(new Gate());
            await silo.Grain<ILifeGrain>("leaves").Touch();
            await silo.Runtime.StopAsync();
            Assert.Contains("deactivate:ShuttingDown", silo.Trace.Lines);
        },
        silo => silo.Configure<EmbeddedOptions>(options =>
        {
            options.ShutdownConcurrency = 2;
            options.ShutdownTimeout = TimeSpan.FromSeconds(4);
        }));

    [Fact]
    public void Grains_that_call_each_other_when_they_leave_do_not_deadlock() => Run(async (silo, time) =>
    {
        await silo.Grain<IClingingGrain>("a").CallWhenLeaving("b");
        await silo.Grain<IClingingGrain>("b").CallWhenLeaving("a");
        await silo.Grain<IClingingGrain>("c").CallWhenLeaving("new");
        var startedAt = time.GetUtcNow();
        await silo.Runtime.StopAsync();
        Assert.True(time.GetUtcNow() - startedAt < TimeSpan.FromSeconds(1));
        Assert.Equal(3, silo.Trace.Lines.Length);
        Assert.Equal(0, silo.Runtime.ActivationCount);
    });

    [Fact]
    public void Timers_stop_first() => Run(async (silo, time) =>
    {
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), interleave: true, false, null);
        var gate = new Gate();
        var held = grain.Hold(gate);
        await time.SettleAsync();
        var stopping = silo.Runtime.StopAsync();
        await time.AdvanceAsync(TimeSpan.FromSeconds(1));
        gate.Open();
        await Task.WhenAll(held, stopping);
        Assert.DoesNotContain("tick", silo.Trace.Lines);
    });

    [Fact]
    public void The_host_can_give_up_earlier() => Run(async (silo, time) =>
    {
        _ = silo.Grain<ICallGrain>("hangs").Hang(new Gate());
        await time.SettleAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        var startedAt = time.GetUtcNow();
        await silo.Runtime.StopAsync(limit.Token);
        Assert.InRange((time.GetUtcNow() - startedAt).TotalSeconds, 1.9, 2.1);
    });

    [Fact]
    public async Task Stopping_under_load_ends_and_answers_every_call()
    {
        using var silo = TestSilo.OnThreads(builder => builder.Services.AddSingleton(_fate));
        var token = TestContext.Current.CancellationToken;
        await silo.Runtime.StartAsync(token);
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                var answered = 0;
                for (; ; answered++)
                {
                    try
                    {
                        await silo.Grain<ICallGrain>($"{caller}-{answered % 50}").CallOther($"{answered % 20}", "x");
                    }
                    catch (SiloUnavailableException)
                    {
                        return answered;
                    }
                }
            },
            token)).ToArray();
        while (silo.Trace.Lines.Length < 2_000) await Task.Yield();
        await silo.Runtime.StopAsync(token);
        Assert.True((await Task.WhenAll(callers)).Sum() > 0);
        Assert.Equal(0, silo.Runtime.ActivationCount);
    }

    private void Run(Func<TestSilo, VirtualTime, Task> test, Action<ISiloBuilder>? configure = null) =>
        TestSilo.Run(test, silo =>
        {
            silo.Services.AddSingleton(_fate);
            configure?.Invoke(silo);
        });
}
