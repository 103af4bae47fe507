using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Calls;

public class CallTests
{
    [Fact]
    public void A_call_brings_its_result_back() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<ICallGrain>("a");
        Assert.Equal("a: hello", await grain.Echo("hello"));
        Assert.Equal(5, await grain.Sum(2, 3));
        await grain.Nothing();
    });

    [Fact]
    public void What_crosses_is_passed_by_reference() => TestSilo.Run(async (silo, _) =>
    {
        var thing = new object();
        Assert.Same(thing, await silo.Grain<ICallGrain>("a").Keep(thing));
    });

    [Fact]
    public void A_grain_that_calls_another_goes_on_in_its_own_turns() => TestSilo.Run(async (silo, _) =>
        Assert.Equal("b: x by call/a", await silo.Grain<ICallGrain>("a").CallOther("b", "x")));

    [Fact]
    public void An_exception_reaches_the_caller_as_it_is() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<ICallGrain>("a");
        var thrown = new ArgumentException("mine");
        var caught = await Assert.ThrowsAsync<ArgumentException>(() => grain.FailAfter(thrown));
        Assert.Same(thrown, caught);
        Assert.Contains(nameof(CallGrain.FailAfter), caught.StackTrace, StringComparison.Ordinal);
        Assert.Equal("at once", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailAt("at once"))).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(grain.Cancel);
        Assert.Equal("a: still here", await grain.Echo("still here"));
    });

    [Fact]
    public void A_caller_waits_for_as_long_as_the_limit_and_the_request_goes_on() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var startedAt = time.GetUtcNow();
        await Assert.ThrowsAsync<TimeoutException>(() => silo.Grain<ICallGrain>("a").Hang(gate));
        Assert.InRange((time.GetUtcNow() - startedAt).TotalSeconds, 30, 31.5);
        Assert.Equal("hang", silo.Trace.Text);
        gate.Open();
        await time.SettleAsync();
        Assert.Equal("hang done", silo.Trace.Text);
    });

    [Fact]
    public void The_limit_can_be_set() => TestSilo.Run(
        async (silo, time) =>
        {
            var startedAt = time.GetUtcNow();
            await Assert.ThrowsAsync<TimeoutException>(() => silo.Grain<ICallGrain>("a").Hang(new Gate()));
            Assert.InRange((time.GetUtcNow() - startedAt).TotalMilliseconds, 200, 300);
        },
        silo => silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMilliseconds(200)));

    [Fact]
    public void A_request_whose_time_ran_out_while_it_waited_never_runs() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<ICallGrain>("a");
        var hanging = grain.Hang(gate);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Echo("late"));
        await Assert.ThrowsAsync<TimeoutException>(() => hanging);
        gate.Open();
        await time.SettleAsync();
        Assert.Equal("hang done", silo.Trace.Text);
        Assert.Equal("a: again", await grain.Echo("again"));
    });

    [Fact]
    public void Grains_that_wait_for_each_other_time_out() => TestSilo.Run(async (silo, time) =>
    {
        var startedAt = time.GetUtcNow();
        await Assert.ThrowsAsync<TimeoutException>(() => silo.Grain<ICallGrain>("a").CallInCircle("b"));
        Assert.InRange((time.GetUtcNow() - startedAt).TotalSeconds, 30, 31.5);
        Assert.Equal("a b", silo.Trace.Text);
        Assert.Equal("a: free", await silo.Grain<ICallGrain>("a").Echo("free"));
    });

    [Fact]
    public void A_grain_may_call_itself_by_what_always_interleaves() => TestSilo.Run(async (silo, _) =>
        Assert.Equal("(((.)))", await silo.Grain<ICallGrain>("a").SelfAndBack(3)));

    [Fact]
    public void Named_values_travel_with_a_call_and_do_not_stay_behind() => TestSilo.Run(async (silo, _) =>
    {
        var grain = silo.Grain<ICallGrain>("a");
        RequestContext.Set("who", "me");
        Assert.Equal("me", await grain.Context("who"));
        Assert.Equal("me", await grain.ContextOfOther("who"));
        await grain.SetContext("who", "grain");
        Assert.Equal("me", RequestContext.Get("who"));
        RequestContext.Clear();
        Assert.Null(await grain.Context("who"));
        Assert.Empty(RequestContext.Keys);
    });

    [Fact]
    public void Named_values_can_be_changed_and_removed()
    {
        RequestContext.Set("a", 1);
        RequestContext.Set("b", 2);
        Assert.Equal(["a", "b"], RequestContext.Keys);
        Assert.Equal(2, RequestContext.Entries.Count());
        Assert.True(RequestContext.Remove("a"));
        Assert.False(RequestContext.Remove("a"));
        Assert.True(RequestContext.Remove("b"));
        Assert.Null(RequestContext.Get("b"));
    }

    [Fact]
    public void A_grain_without_a_class_is_an_error_of_the_caller() => TestSilo.Run(async (silo, _) =>
    {
        Assert.Throws<ArgumentException>(() => silo.Runtime.GetGrain<IClasslessGrain>("a"));
        var grain = silo.Runtime.GetGrain<ICallGrain>(GrainId.Create("unknown", "a"));
        var thrown = await Assert.ThrowsAsync<ArgumentException>(() => grain.Echo("x"));
        Assert.Contains("unknown/a", thrown.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void An_interface_with_two_classes_needs_a_choice() => TestSilo.Run((silo, _) =>
    {
        Assert.Throws<ArgumentException>(() => silo.Runtime.GetGrain<IPetGrain>("a"));
        Assert.Equal("cat/a", silo.Runtime.GetGrain<IPetGrain>("a", typeof(CatGrain).FullName).GetGrainId().ToString());
        Assert.Equal("dog/a", silo.Runtime.GetGrain<IPetGrain>("a", typeof(DogGrain).FullName).GetGrainId().ToString());
        return Task.CompletedTask;
    });

    [Fact]
    public void References_know_whom_they_refer_to() => TestSilo.Run(async (silo, _) =>
    {
        var one = (GrainReference)silo.Grain<ICallGrain>("a");
        var same = (GrainReference)silo.Grain<ICallGrain>("a");
        var other = (GrainReference)silo.Grain<ICallGrain>("b");
        Assert.True(one == same && one != other && one.Equals((object)same));
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.Equal("a", one.GetPrimaryKeyString());
        Assert.Equal("a: cast", await one.Cast<ICallGrain>().Echo("cast"));
        Assert.Equal("a: ref", await one.AsReference<ICallGrain>().Echo("ref"));
        Assert.Equal(typeof(ICallGrain).FullName, one.InterfaceName);
    });

    [Fact]
    public async Task Calls_from_threads_go_on_where_they_were_made()
    {
        using var silo = TestSilo.OnThreads();
        await silo.Runtime.StartAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async i =>
        {
            await Task.Yield();
            Assert.Equal($"b: {i} by call/a{i % 7}", await silo.Grain<ICallGrain>($"a{i % 7}").CallOther("b", $"{i}"));
            Assert.Null(SynchronizationContext.Current as Activation);
        }));
    }

    [Fact]
    public async Task A_silo_that_has_not_been_started_refuses()
    {
        using var silo = TestSilo.OnThreads();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Grain<ICallGrain>("a").Echo("early"));
    }
}

/// <summary>Nobody implements it.</summary>
public interface IClasslessGrain : IGrainWithStringKey;

/// <summary>Two implement it.</summary>
public interface IPetGrain : IGrainWithStringKey;

internal sealed class CatGrain : Grain, IPetGrain;

internal sealed class DogGrain : Grain, IPetGrain;
