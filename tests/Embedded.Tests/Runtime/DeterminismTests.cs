using DlqCluster.Embedded.Testing;
using DlqCluster.Embedded.Tests.Activations;
using DlqCluster.Embedded.Tests.Calls;
using DlqCluster.Embedded.Tests.Reminders;
using DlqCluster.Embedded.Tests.Storage;
using DlqCluster.Embedded.Tests.Timers;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Embedded.Tests.Runtime;

public class DeterminismTests
{
    [Fact]
    public void The_same_world_does_the_same_in_the_same_order() => Assert.Equal(TraceOf(null), TraceOf(null));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_gives_the_same_interleaving(int seed) => Assert.Equal(TraceOf(seed), TraceOf(seed));

    [Fact]
    public void Another_seed_gives_another_interleaving() =>
        Assert.True(Enumerable.Range(0, 5).Select(seed => TraceOf(seed)).Distinct().Count() > 1);

    private static string TraceOf(int? seed)
    {
        var time = new VirtualTime(order: seed is { } value ? new Random(value) : null);
        using var silo = TestSilo.On(time, builder => builder.Services.AddSingleton(new Fate()));
        time.Run(async () =>
        {
            await silo.Runtime.StartAsync();
            for (var i = 0; i < 5; i++)
            {
                await silo.Grain<ITimerGrain>($"t{i}").Set(TimeSpan.FromSeconds(i % 3), TimeSpan.FromSeconds(3), i % 2 == 0, false, null);
                await silo.Grain<IRemindedGrain>($"r{i}").Register("r", TimeSpan.FromMinutes(i), TimeSpan.FromMinutes(2));
            }

            var calls = Enumerable.Range(0, 100).Select(async i =>
            {
                await silo.Grain<INumberGrain>($"n{i % 9}").Set(i);
                await silo.Grain<ILifeGrain>($"l{i % 5}").TouchAndGo();
                silo.Trace.Add(await silo.Grain<ICallGrain>($"c{i % 7}").CallOther($"d{i % 3}", $"{i}"));
            });
            await Task.WhenAll(calls);
            await time.AdvanceAsync(TimeSpan.FromMinutes(20));
            await silo.Runtime.StopAsync();
        });
        return $"{silo.Trace.Text} {time.Turns} turns until {time.GetUtcNow():O}";
    }
}
