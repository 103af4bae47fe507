using DlqCluster.Api.Tests.Support;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task A_sick_store_makes_the_service_unready_but_not_dead_and_is_asked_once_a_second()
    {
        var store = new SickStore();
        await using var host = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IStoreHealth>(store));
        Assert.Equal("healthy", (await host.Api.GetAsync("/api/health")).Is(200)["status"].GetString());
        (await host.Api.GetAsync("/api/health/ready")).Is(200);
        store.Trouble = "The disk is full: free some space.";

        var unready = await Wait.UntilAsync(() => host.Api.GetAsync("/api/health/ready"), answer => answer.Status == 503, "not ready");

        unready.IsProblem(503, "not-ready");
        Assert.Contains("The disk is full", unready["detail"].GetString(), StringComparison.Ordinal);
        var health = await host.Api.GetAsync("/api/health");
        Assert.Equal("unhealthy", health.Is(503)["status"].GetString());
        Assert.Contains(health["stores"].EnumerateArray(), item => item.GetProperty("name").GetString() == "sick");
        (await host.Api.GetAsync("/api/health/live")).Is(200);
        var asked = store.Asked;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => host.Api.GetAsync("/api/health/ready")));
        Assert.True(store.Asked <= asked + 2, $"asked {store.Asked - asked} times");
    }

    [Fact]
    public async Task Trouble_that_the_service_goes_on_with_degrades_it_and_what_a_write_survives_is_told()
    {
        var store = new SickStore { IsVital = false };
        await using var host = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IStoreHealth>(store));
        Assert.Equal("a power cut", await DetailAsync(host));
        store.Trouble = "One of three is gone.";

        var health = await Wait.UntilAsync(
            () => host.Api.GetAsync("/api/health"), answer => answer["status"].GetString() == "degraded", "degraded");

        Assert.Equal(200, health.Status);
        Assert.Equal("One of three is gone.", await DetailAsync(host));
        (await host.Api.GetAsync("/api/health/ready")).Is(200);

        static async Task<string?> DetailAsync(ApiHost host) => (await host.Api.GetAsync("/api/health"))["stores"].EnumerateArray()
            .Single(item => item.GetProperty("name").GetString() == "sick").GetProperty("detail").GetString();
    }

    [Fact]
    public async Task A_store_that_throws_is_sick_too()
    {
        var store = new SickStore { Fault = new InvalidOperationException("out of order") };
        await using var host = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IStoreHealth>(store));
        (await host.Api.GetAsync("/api/health/ready")).IsProblem(503, "not-ready");
    }

    [Fact]
    public async Task A_store_that_the_service_can_do_without_only_degrades_it_also_when_it_throws_and_the_metrics_tell_the_two_apart()
    {
        var faults = new[] { new SickStore { Name = "needed", Trouble = "gone" }, new SickStore { Name = "spare", IsVital = false, Fault = new InvalidOperationException("out of order") } };
        await using var without = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IStoreHealth>(faults[1]));
        (await without.Api.GetAsync("/api/health/ready")).Is(200);
        await using var host = await ApiHost.StartAsync(builder => builder.Services.AddSingleton<IStoreHealth>(faults[0]).AddSingleton<IStoreHealth>(faults[1]));
        var metrics = (await Wait.UntilAsync(() => host.Api.GetAsync("/metrics"), answer => answer.Text.Contains("store=\"spare\"", StringComparison.Ordinal), "the stores were tried")).Text;
        Assert.Contains("store_up{store=\"needed\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("store_degraded{store=\"needed\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("store_up{store=\"spare\"} 0", metrics, StringComparison.Ordinal);
        Assert.Contains("store_degraded{store=\"spare\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_system_is_shown_in_numbers()
    {
        await using var host = await ApiHost.StartAsync();
        var sent = await host.Api.SubmitAsync("""{"payload":1}""");
        await host.Api.UntilStateAsync(sent.Id, "delivered");
        (await host.Api.SubmitAsync("""{"payload":1,"delayMs":600000}""")).Is(202);

        var health = await Wait.UntilAsync(
            () => host.Api.GetAsync("/api/system/health"),
            answer => answer["queue"].GetProperty("completed").GetInt64() == 1 && answer["queue"].GetProperty("delayed").GetInt64() == 1,
            "one completed, one delayed");

        Assert.Equal("healthy", health["status"].GetString());
        foreach (var number in new[] { "waiting", "active", "failed", "parked", "greatestLatenessMs", "maxSize" })
            Assert.True(health["queue"].GetProperty(number).GetDouble() >= 0);
        Assert.Equal("default", health["breakers"][0].GetProperty("name").GetString());
        Assert.Equal(0, health["dlq"].GetProperty("total").GetInt64());
        Assert.True(health["process"].GetProperty("memoryBytes").GetInt64() > 0);
        Assert.Equal(Environment.ProcessorCount, (await host.Api.GetAsync("/api/system/resources")).Is(200)["processors"].GetInt32());
    }

    [Fact]
    public async Task What_waits_behind_a_dead_letter_of_its_ordering_key_is_told_apart_from_what_is_parked()
    {
        await using var host = await ApiHost.StartAsync();
        await host.Api.HoldUpAsync("shop", "customer-9");

        var health = await Wait.UntilAsync(
            () => host.Api.GetAsync("/api/system/health"), answer => answer["ordering"].GetProperty("blockedMessages").GetInt64() == 2, "two wait behind the dead letter");

        Assert.Equal(1, health["ordering"].GetProperty("blockedKeys").GetInt64());
        Assert.Equal(2, health["ordering"].GetProperty("behind").GetInt64());
        Assert.Equal(0, health["queue"].GetProperty("parked").GetInt64());
    }

    [Fact]
    public async Task No_more_keys_that_are_held_up_are_counted_than_configured_however_often_somebody_asks()
    {
        await using var host = await ApiHost.StartAsync("Ordering:MaxHeldCounted=1", "Ordering:HeldCountMs=3600000");
        foreach (var key in new[] { "customer-8", "customer-9" }) await host.Api.HoldUpAsync("shop", key);

        var ordering = (await host.Api.GetAsync("/api/system/health")).Is(200)["ordering"];
        Assert.Equal(1, ordering.GetProperty("blockedKeys").GetInt64());
        Assert.Equal(2, ordering.GetProperty("blockedMessages").GetInt64());

        (await host.Api.PostAsync("/api/ordering/lane/unblock?target=shop&orderingKey=customer-8", """{"reason":"r"}""")).Is(200);
        (await host.Api.PostAsync("/api/ordering/lane/unblock?target=shop&orderingKey=customer-9", """{"reason":"r"}""")).Is(200);
        Assert.Equal(1, (await host.Api.GetAsync("/api/system/health")).Is(200)["ordering"].GetProperty("blockedKeys").GetInt64());
    }

    private sealed class SickStore : IStoreHealth
    {
        private int _asked;

        public string Name { get; init; } = "sick";

        public bool IsVital { get; init; } = true;

        public string? Durability => "a power cut";

        public string? Trouble { get; set; }

        public Exception? Fault { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public Task<string?> CheckAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return Fault is null ? Task.FromResult(Trouble) : Task.FromException<string?>(Fault);
        }
    }
}
