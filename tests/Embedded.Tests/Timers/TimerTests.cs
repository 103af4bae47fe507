using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Timers;

/// <summary>Sets timers.</summary>
public interface ITimerGrain : IGrainWithStringKey
{
    Task Set(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive, object? gate);

    Task Change(TimeSpan due, TimeSpan period);

    Task Dispose();

    Task Hold(object gate);

    Task SetAll();

    Task FailThenTick();

    Task Leave();
}

internal sealed class TimerGrain(Trace trace) : Grain, ITimerGrain
{
    private IGrainTimer? _timer;

    public Task Set(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive, object? gate)
    {
        _timer = this.RegisterGrainTimer(
            (held, token) => Tick("tick", (Gate?)held, token),
            gate,
            new GrainTimerCreationOptions { DueTime = due, Period = period, Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan due, TimeSpan period)
    {
        _timer!.Change(due, period);
        return Task.CompletedTask;
    }

    public Task Dispose()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(object gate)
    {
        trace.Add("hold(");
        await ((Gate)gate).Opened;
        trace.Add(")hold");
    }

    public Task SetAll()
    {
        using var suppressed = ExecutionContext.SuppressFlow();
        var due = TimeSpan.FromSeconds(1);
        var once = Timeout.InfiniteTimeSpan;
        this.RegisterGrainTimer(() => Tick("1", null, default), due, once);
        this.RegisterGrainTimer(token => Tick("2", null, token), due, once);
        this.RegisterGrainTimer(name => Tick(name, null, default), "3", due, once);
        this.RegisterGrainTimer((name, token) => Tick(name, null, token), "4", due, once);
        this.RegisterGrainTimer(() => Tick("5", null, default), new GrainTimerCreationOptions(due, once));
        this.RegisterGrainTimer(token => Tick("6", null, token), new GrainTimerCreationOptions(due, once));
        this.RegisterGrainTimer(name => Tick(name, null, default), "7", new GrainTimerCreationOptions(due, once));
        return Task.CompletedTask;
    }

    public Task FailThenTick()
    {
        var count = 0;
        this.RegisterGrainTimer(
            () => ++count == 1 ? throw new IOException("bad tick") : Tick("tick", null, default),
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private async Task Tick(string name, Gate? gate, CancellationToken token)
    {
        Assert.Same(GrainContext, SynchronizationContext.Current);
        trace.Add(gate is null ? name : $"{name}(");
        if (gate is null) return;
        await gate.Opened;
        trace.Add(token.IsCancellationRequested ? $"){name} cancelled" : $"){name}");
    }
}

public class TimerTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_timer_ticks_when_due_and_then_each_period() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<ITimerGrain>("a").Set(5 * _second, 2 * _second, false, false, null);
        await time.AdvanceAsync(4.9 * _second);
        Assert.Empty(silo.Trace.Lines);
        await time.AdvanceAsync(4.2 * _second);
        Assert.Equal("tick tick tick", silo.Trace.Text);
    });

    [Fact]
    public void All_ways_to_register_work() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<ITimerGrain>("a").SetAll();
        await time.AdvanceAsync(9 * _second);
        Assert.Equal("1 2 3 4 5 6 7", silo.Trace.Text);
    });

    [Fact]
    public void The_period_begins_when_the_callback_has_ended() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        await silo.Grain<ITimerGrain>("a").Set(_second, _second, false, false, gate);
        await time.AdvanceAsync(10.5 * _second);
        Assert.Equal("tick(", silo.Trace.Text);
        gate.Open();
        await time.AdvanceAsync(0.9 * _second);
        Assert.Equal("tick( )tick", silo.Trace.Text);
        await time.AdvanceAsync(0.2 * _second);
        Assert.Equal("tick( )tick tick( )tick", silo.Trace.Text);
    });

    [Fact]
    public void A_tick_waits_for_a_request() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, _second, false, false, null);
        var held = grain.Hold(gate);
        await time.AdvanceAsync(5 * _second);
        Assert.Equal("hold(", silo.Trace.Text);
        gate.Open();
        await held;
        await time.SettleAsync();
        Assert.Equal("hold( )hold tick", silo.Trace.Text);
    });

    [Fact]
    public void A_request_waits_for_a_tick() => TestSilo.Run(async (silo, time) =>
    {
        Gate tick = new(), open = new();
        open.Open();
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, Timeout.InfiniteTimeSpan, false, false, tick);
        await time.AdvanceAsync(2 * _second);
        var behind = grain.Hold(open);
        await time.SettleAsync();
        Assert.Equal("tick(", silo.Trace.Text);
        tick.Open();
        await behind;
        Assert.Equal("tick( )tick hold( )hold", silo.Trace.Text);
    });

    [Fact]
    public void A_timer_that_interleaves_does_not_wait() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, _second, interleave: true, false, null);
        var held = grain.Hold(gate);
        await time.AdvanceAsync(2.5 * _second);
        Assert.Equal("hold( tick tick", silo.Trace.Text);
        gate.Open();
        await held;
    });

    [Fact]
    public void A_tick_that_fails_is_logged_and_the_timer_goes_on() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<ITimerGrain>("a").FailThenTick();
        await time.AdvanceAsync(2.5 * _second);
        Assert.Equal("tick", silo.Trace.Text);
        Assert.Contains(silo.Log.Lines, line => line.Contains("A timer of timer/a", StringComparison.Ordinal));
    });

    [Fact]
    public void A_timer_can_be_set_anew_and_disposed() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, Timeout.InfiniteTimeSpan, false, false, null);
        await grain.Change(10 * _second, Timeout.InfiniteTimeSpan);
        await time.AdvanceAsync(9 * _second);
        Assert.Empty(silo.Trace.Lines);
        await time.AdvanceAsync(2 * _second);
        Assert.Equal("tick", silo.Trace.Text);
        await grain.Change(_second, _second);
        await time.AdvanceAsync(2.5 * _second);
        Assert.Equal("tick tick tick", silo.Trace.Text);
        await grain.Dispose();
        await time.AdvanceAsync(5 * _second);
        Assert.Equal("tick tick tick", silo.Trace.Text);
    });

    [Fact]
    public void A_tick_that_waits_while_the_timer_is_set_anew_is_void() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, Timeout.InfiniteTimeSpan, false, false, null);
        var held = grain.Hold(gate);
        var change = grain.Change(10 * _second, Timeout.InfiniteTimeSpan);
        await time.AdvanceAsync(2 * _second);
        gate.Open();
        await Task.WhenAll(held, change);
        await time.AdvanceAsync(9 * _second);
        Assert.Equal("hold( )hold", silo.Trace.Text);
        await time.AdvanceAsync(2 * _second);
        Assert.Equal("hold( )hold tick", silo.Trace.Text);
    });

    [Fact]
    public void Times_are_checked() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<ITimerGrain>("a");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Set(-5 * _second, _second, false, false, null));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Set(_second, TimeSpan.FromDays(50), false, false, null));
    });

    [Fact]
    public void Timers_end_with_their_activation_and_what_they_await_is_told() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<ITimerGrain>("a");
        await grain.Set(_second, _second, interleave: true, false, gate);
        await time.AdvanceAsync(1.5 * _second);
        await grain.Set(_second, _second, false, false, null);
        var leaving = grain.Leave();
        gate.Open();
        await leaving;
        await time.AdvanceAsync(10 * _second);
        Assert.Equal("tick( )tick", silo.Trace.Text);
        Assert.Equal(0, silo.Runtime.ActivationCount);
    });

    [Fact]
    public void Only_a_timer_that_keeps_alive_keeps_from_being_collected() => TestSilo.Run(async (silo, time) =>
    {
        await silo.Grain<ITimerGrain>("stays").Set(_second, 60 * _second, false, keepAlive: true, null);
        await silo.Grain<ITimerGrain>("goes").Set(_second, 60 * _second, false, keepAlive: false, null);
        await time.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(["timer/stays"], silo.Runtime.Catalog.Snapshot().Select(activation => activation.GrainId.ToString()));
    });

    [Fact]
    public async Task A_timer_that_only_its_activation_holds_survives_garbage_collection()
    {
        using var silo = TestSilo.OnThreads();
        await silo.Runtime.StartAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Set(silo, $"g{i}")));
        var limit = TimeProvider.System.GetTimestamp();
        while (silo.Trace.Lines.Length < 200)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.True(TimeProvider.System.GetElapsedTime(limit) < TimeSpan.FromSeconds(30), $"{silo.Trace.Lines.Length} of 200 ticked.");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task Set(TestSilo silo, string key) =>
        silo.Grain<ITimerGrain>(key).Set(TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan, false, false, null);
}
