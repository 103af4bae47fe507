using DlqCluster.Embedded.Testing;
using DlqCluster.Embedded.Tests.Activations;
using DlqCluster.Embedded.Tests.Calls;
using DlqCluster.Embedded.Tests.Reminders;
using DlqCluster.Embedded.Tests.Storage;
using DlqCluster.Embedded.Tests.Timers;
using DlqCluster.Embedded.Tests.Turns;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Runtime;

public class KillTests
{
    [Fact]
    public void Nothing_runs_any_more_and_nobody_says_goodbye() => TestSilo.Run(
        async (silo, time) =>
        {
            Gate gate = new();
            await silo.Grain<ILifeGrain>("a").Touch();
            await silo.Grain<ITimerGrain>("t").Set(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), false, true, null);
            await silo.Grain<IRemindedGrain>("r").Register("r", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
            await silo.Grain<IPlainGrain>("b").Background("b", gate);
            var waiting = silo.Grain<IPlainGrain>("p").Step("p", gate);
            await time.SettleAsync();
            var before = silo.Trace.Text;
            silo.Runtime.Kill();
            await Assert.ThrowsAsync<SiloUnavailableException>(() => waiting);
            gate.Open();
            await time.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.Equal(before, silo.Trace.Text);
            await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Grain<ILifeGrain>("a").Touch());
            await silo.Runtime.StopAsync();
        },
        silo => silo.Services.AddSingleton(new Fate()));

    [Fact]
    public void What_was_not_written_is_lost_and_what_was_written_is_there()
    {
        var storage = new MemoryStorage();
        var time = new VirtualTime();
        using var first = TestSilo.On(time, storage: storage);
        using var second = TestSilo.On(time, storage: storage);
        time.Run(async () =>
        {
            await first.Runtime.StartAsync();
            var grain = first.Grain<INumberGrain>("a");
            await grain.Set(1);
            // It dies while the store is at work.
            storage.Before = () => new Gate().Opened;
            var lost = grain.Set(2);
            await time.SettleAsync();
            first.Runtime.Kill();
            await Assert.ThrowsAsync<SiloUnavailableException>(() => lost);
            storage.Before = () => Task.CompletedTask;
            await second.Runtime.StartAsync();
            Assert.Equal(1, await second.Grain<INumberGrain>("a").Get());
        });
    }

    [Fact]
    public void A_silo_killed_while_it_stops_lets_the_stopper_go() => TestSilo.Run(async (silo, time) =>
    {
        _ = silo.Grain<ICallGrain>("a").Hang(new Gate());
        await time.SettleAsync();
        var stopping = silo.Runtime.StopAsync();
        await time.SettleAsync();
        silo.Runtime.Kill();
        await stopping;
    });

    [Fact]
    public void Two_silos_live_side_by_side_and_one_dies_alone()
    {
        var time = new VirtualTime();
        var storage = new MemoryStorage();
        using TestSilo one = TestSilo.On(time, storage: storage), other = TestSilo.On(time, storage: storage);
        time.Run(async () =>
        {
            await one.Runtime.StartAsync();
            await other.Runtime.StartAsync();
            await one.Grain<INumberGrain>("a").Set(1);
            Assert.Equal(1, await other.Grain<INumberGrain>("a").Get());
            // Both hold the grain now, as a cluster briefly may. The later write finds the conflict.
            await one.Grain<INumberGrain>("a").Set(2);
            await Assert.ThrowsAsync<Orleans.Storage.InconsistentStateException>(() => other.Grain<INumberGrain>("a").Set(3));
            Assert.Equal(2, await other.Grain<INumberGrain>("a").Get());
            one.Runtime.Kill();
            await other.Grain<INumberGrain>("a").Set(4);
            Assert.Equal(4, await other.Grain<INumberGrain>("a").Reload());
        });
    }
}
