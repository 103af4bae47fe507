using DlqCluster.Embedded.Tests.Calls;
using DlqCluster.Embedded.Tests.Storage;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Runtime;

public class ManagementTests
{
    [Fact]
    public void Activations_are_counted_and_listed() => TestSilo.Run(async (silo, time) =>
    {
        var management = silo.Runtime.GetGrain<IManagementGrain>(0);
        for (var i = 0; i < 5; i++) await silo.Grain<ICallGrain>($"c{i}").Echo("x");
        for (var i = 0; i < 3; i++) await silo.Grain<INumberGrain>($"n{i}").Get();
        Assert.Equal(9, await management.GetTotalActivationCount());
        var simple = await management.GetSimpleGrainStatistics();
        Assert.Equal(5, simple.Single(line => line.GrainType == NameOf(typeof(CallGrain))).ActivationCount);
        Assert.Equal(3, simple.Single(line => line.GrainType == NameOf(typeof(NumberGrain))).ActivationCount);
        Assert.Equal(simple.Length, (await management.GetSimpleGrainStatistics([silo.Runtime.SiloAddress])).Length);
        Assert.Empty(await management.GetSimpleGrainStatistics([SiloAddress.Zero]));
        var detailed = await management.GetDetailedGrainStatistics([NameOf(typeof(NumberGrain))]);
        Assert.Equal(["number/n0", "number/n1", "number/n2"], detailed.Select(line => line.GrainId.ToString()));
        var calls = await management.GetActiveGrains(GrainType.Create("call"));
        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], calls.Select(id => id.Key.ToString()));
        Assert.Equal(1, await management.GetGrainActivationCount((GrainReference)silo.Grain<ICallGrain>("c0")));
        Assert.Equal(silo.Runtime.SiloAddress, await management.GetActivationAddress(silo.Grain<ICallGrain>("c0")));
        Assert.Null(await management.GetActivationAddress(silo.Grain<ICallGrain>("nobody")));
    });

    [Fact]
    public void Idle_activations_can_be_ended() => TestSilo.Run(async (silo, time) =>
    {
        var management = silo.Runtime.GetGrain<IManagementGrain>(0);
        await silo.Grain<ICallGrain>("old").Echo("x");
        await time.AdvanceAsync(TimeSpan.FromMinutes(5));
        await silo.Grain<ICallGrain>("new").Echo("x");
        await management.ForceActivationCollection(TimeSpan.FromMinutes(3));
        Assert.Equal(["call/new"], (await management.GetActiveGrains(GrainType.Create("call"))).Select(id => id.ToString()));
        await management.ForceActivationCollection([SiloAddress.Zero], TimeSpan.Zero);
        Assert.Equal(2, await management.GetTotalActivationCount());
        await management.ForceActivationCollection([silo.Runtime.SiloAddress], TimeSpan.Zero);
        Assert.Equal(1, await management.GetTotalActivationCount());
    });

    [Fact]
    public void Calls_are_counted_by_class() => TestSilo.Run(async (silo, time) =>
    {
        var grain = silo.Grain<ICallGrain>("a");
        await grain.Echo("x");
        await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailAt("x"));
        var gate = new Gate();
        var hanging = grain.Hang(gate);
        await time.AdvanceAsync(TimeSpan.FromSeconds(4));
        gate.Open();
        await hanging;
        var line = silo.Runtime.GetStatistics().Single(line => line.GrainType == "call");
        Assert.Equal((1, 1L, 3L, 1L), (line.Active, line.Activated, line.Calls, line.Failures));
        Assert.Equal(4, line.TotalTime.TotalSeconds, precision: 3);
    });

    private static string NameOf(Type type) => $"{type.FullName},{type.Assembly.GetName().Name}";
}
