using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Activations;

public class ActivationTests
{
    private readonly Fate _fate = new();

    [Fact]
    public void A_grain_is_activated_before_its_first_request() => Run(async (silo, _) =>
    {
        Assert.Equal(1, await silo.Grain<ILifeGrain>("a").Touch());
        Assert.Equal(2, await silo.Grain<ILifeGrain>("a").Touch());
        Assert.Equal("activate active touch touch", silo.Trace.Text);
    });

    [Fact]
    public void Requests_wait_while_it_is_activated() => Run(async (silo, time) =>
    {
        var gate = new Gate();
        _fate.OnActivate = () => gate.Opened;
        var calls = new[] { silo.Grain<ILifeGrain>("a").Touch(), silo.Grain<ILifeGrain>("a").Touch() };
        await time.SettleAsync();
        Assert.Equal("activate", silo.Trace.Text);
        gate.Open();
        await Task.WhenAll(calls);
        Assert.Equal("activate active touch touch", silo.Trace.Text);
    });

    [Fact]
    public void A_failed_activation_fails_those_who_wait_and_the_next_call_tries_again() => Run(async (silo, time) =>
    {
        var thrown = new IOException("no luck");
        var gate = new Gate();
        _fate.OnActivate = async () =>
        {
            await gate.Opened;
            throw thrown;
        };
        var calls = new[] { silo.Grain<ILifeGrain>("a").Touch(), silo.Grain<ILifeGrain>("a").Touch() };
        await time.SettleAsync();
        gate.Open();
        foreach (var call in calls) Assert.Same(thrown, await Assert.ThrowsAsync<IOException>(() => call));
        Assert.Equal(0, silo.Runtime.ActivationCount);
        _fate.OnActivate = () => Task.CompletedTask;
        Assert.Equal(1, await silo.Grain<ILifeGrain>("a").Touch());
    });

    [Fact]
    public void An_activation_that_hangs_is_given_up() => Run(async (silo, time) =>
    {
        _fate.OnActivate = () => new Gate().Opened;
        var call = silo.Grain<ILifeGrain>("a").Touch();
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        await time.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(0, silo.Runtime.ActivationCount);
        _fate.OnActivate = () => Task.CompletedTask;
        Assert.Equal(1, await silo.Grain<ILifeGrain>("a").Touch());
    });

    [Fact]
    public void A_grain_that_wants_to_go_goes_when_nothing_runs() => Run(async (silo, time) =>
    {
        Assert.Equal(1, await silo.Grain<ILifeGrain>("a").TouchAndGo());
        await time.SettleAsync();
        Assert.Equal("activate active deactivate:ApplicationRequested disposed", silo.Trace.Text);
        Assert.Equal(0, silo.Runtime.ActivationCount);
        await silo.Grain<ILifeGrain>("a").LeaveByContext();
        await time.SettleAsync();
        Assert.Equal(0, silo.Runtime.ActivationCount);
    });

    [Fact]
    public void Calls_that_come_while_it_goes_reach_the_next_activation() => Run(async (silo, time) =>
    {
        var gate = new Gate();
        _fate.OnDeactivate = _ => gate.Opened;
        var grain = silo.Grain<ILifeGrain>("a");
        var calls = new[] { grain.TouchAndGo(), grain.Touch(), grain.Touch() };
        await time.SettleAsync();
        Assert.Equal("activate active deactivate:ApplicationRequested", silo.Trace.Text);
        gate.Open();
        var answers = await Task.WhenAll(calls);
        Assert.Equal([1, 1, 2], answers);
        Assert.Equal("activate active deactivate:ApplicationRequested disposed activate active touch touch", silo.Trace.Text);
    });

    [Fact]
    public void A_grain_that_always_goes_at_once_is_not_tried_for_ever() => Run(async (silo, _) =>
    {
        _fate.LeavesAtOnce = true;
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => silo.Grain<ILifeGrain>("a").Touch());
        Assert.Equal(3, silo.Trace.Lines.Count(line => line == "activate"));
    });

    [Fact]
    public void A_deactivation_that_fails_or_hangs_keeps_nobody() => Run(async (silo, time) =>
    {
        _fate.OnDeactivate = _ => throw new IOException("no goodbye");
        await silo.Grain<ILifeGrain>("a").TouchAndGo();
        await time.SettleAsync();
        Assert.Equal(0, silo.Runtime.ActivationCount);
        _fate.OnDeactivate = token => Task.Delay(Timeout.InfiniteTimeSpan, time, CancellationToken.None);
        await silo.Grain<ILifeGrain>("a").TouchAndGo();
        await time.AdvanceAsync(TimeSpan.FromSeconds(32));
        Assert.Equal(0, silo.Runtime.ActivationCount);
    });

    [Fact]
    public void Idle_activations_go_and_used_ones_stay() => Run(async (silo, time) =>
    {
        await silo.Grain<ILifeGrain>("idle").Touch();
        await silo.Grain<IShortGrain>("short").Touch();
        await silo.Runtime.GetGrain<IStayingGrain>(7).Touch();
        for (var minutes = 0; minutes < 18; minutes++)
        {
            await silo.Grain<ILifeGrain>("used").Touch();
            if (minutes == 3) Assert.Equal(3, silo.Runtime.ActivationCount);
            await time.AdvanceAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["stays/7", "life/used"], silo.Runtime.Catalog.Snapshot().Select(activation => activation.GrainId.ToString()));
        Assert.Contains("deactivate:ActivationIdle", silo.Trace.Lines);
    });

    [Fact]
    public void A_running_request_and_a_delay_keep_an_activation() => Run(
        async (silo, time) =>
        {
            var gate = new Gate();
            var held = silo.Grain<ILifeGrain>("held").Hold(gate);
            await silo.Grain<ILifeGrain>("delayed").Delay(TimeSpan.FromMinutes(30));
            await time.AdvanceAsync(TimeSpan.FromMinutes(20));
            Assert.Equal(2, silo.Runtime.ActivationCount);
            gate.Open();
            await Assert.ThrowsAsync<TimeoutException>(() => held);
            await time.AdvanceAsync(TimeSpan.FromMinutes(18));
            Assert.Equal(0, silo.Runtime.ActivationCount);
            await silo.Grain<ILifeGrain>("delayed").Delay(Timeout.InfiniteTimeSpan);
            await time.AdvanceAsync(TimeSpan.FromDays(10));
            Assert.Equal(1, silo.Runtime.ActivationCount);
            await silo.Grain<ILifeGrain>("delayed").Delay(TimeSpan.Zero);
            await time.AdvanceAsync(TimeSpan.FromMinutes(18));
            Assert.Equal(0, silo.Runtime.ActivationCount);
        });

    [Fact]
    public void The_age_can_be_set_for_all_and_for_a_class() => Run(
        async (silo, time) =>
        {
            await silo.Grain<ILifeGrain>("a").Touch();
            await silo.Grain<IWorkerGrain>("w").Work(Opened());
            await time.AdvanceAsync(TimeSpan.FromSeconds(40));
            Assert.Equal(["life/a"], silo.Runtime.Catalog.Snapshot().Select(activation => activation.GrainId.ToString()));
            await time.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(0, silo.Runtime.ActivationCount);
        },
        silo => silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromSeconds(20);
            options.CollectionQuantum = TimeSpan.FromSeconds(5);
            options.ClassSpecificCollectionAge[typeof(LifeGrain).FullName!] = TimeSpan.FromMinutes(3);
        }));

    [Fact]
    public void A_class_need_not_derive_from_Grain() => Run(async (silo, _) =>
        Assert.Equal("stays/1F 31", await silo.Runtime.GetGrain<IStayingGrain>(31).Touch()));

    [Fact]
    public void Workers_share_the_work_up_to_their_number() => Run(async (silo, time) =>
    {
        Gate gate = new();
        var calls = Enumerable.Range(0, 7).Select(_ => silo.Grain<IWorkerGrain>("w").Work(gate)).ToArray();
        await time.SettleAsync();
        Assert.Equal(3, silo.Runtime.ActivationCount);
        gate.Open();
        Assert.Equal(3, (await Task.WhenAll(calls)).Distinct().Count());
        await time.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(0, silo.Runtime.ActivationCount);
        await silo.Grain<IWorkerGrain>("w").Work(gate);
        Assert.Equal(1, silo.Runtime.ActivationCount);
    });

    [Fact]
    public async Task A_grain_never_has_two_activations_at_a_time()
    {
        var ones = new OnlyOnes();
        using var silo = TestSilo.OnThreads(builder => builder.Services.AddSingleton(ones).AddSingleton(_fate));
        await silo.Runtime.StartAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++) await silo.Grain<IOnlyGrain>($"{(caller + i) % 4}").Use(leave: i % 3 == 0);
        })));
        Assert.True(ones.Activated > 1_000, $"Only {ones.Activated} activations.");
        await silo.Runtime.StopAsync(TestContext.Current.CancellationToken);
    }

    private static Gate Opened()
    {
        var gate = new Gate();
        gate.Open();
        return gate;
    }

    private void Run(Func<TestSilo, Testing.VirtualTime, Task> test, Action<ISiloBuilder>? configure = null) =>
        TestSilo.Run(test, silo =>
        {
            silo.Services.AddSingleton(_fate);
            configure?.Invoke(silo);
        });
}
