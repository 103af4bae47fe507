using DlqCluster.Api.Security;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Security;

/// <summary>Who asks too much is told so, and when to come back.</summary>
[Trait("Spec", "IN4")]
public sealed class RateLimitTests
{
    [Fact]
    public async Task A_client_that_hands_in_too_much_is_refused_for_a_while_and_nothing_else_is()
    {
        var time = new ShiftedTime();
        await using var host = await ApiHost.StartAsync(builder => time.Use(builder), "RateLimit:Enabled=true", "RateLimit:RequestsPerMinute=2", "RateLimit:Burst=2");
        var first = await host.Api.SubmitAsync("""{"payload":1}""");
        Assert.Equal(("2", "1", "2;w=60"), (Header(first.Is(202), "RateLimit-Limit"), Header(first, "RateLimit-Remaining"), Header(first, "RateLimit-Policy")));
        (await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1}]}""")).Is(202);

        var refused = await host.Api.SubmitAsync("""{"payload":1}""");

        refused.IsProblem(429, "rate-limited");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        Assert.Equal("0", Header(refused, "RateLimit-Remaining"));
        (await host.Api.GetAsync("/api/dlq")).Is(200);
        time.Shift = TimeSpan.FromSeconds(31);
        (await host.Api.SubmitAsync("""{"payload":1}""")).Is(202);
    }

    [Fact]
    public async Task A_key_with_a_limit_of_its_own_has_it_in_all_that_it_does_and_nobody_elses()
    {
        await using var host = await ApiHost.StartAsync();
        var key = (await host.Api.PostAsync("/api/keys", """{"name":"slow","role":"read","requestsPerMinute":1}""")).Is(201)["key"].GetString()!;
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).Is(200);
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).IsProblem(429, "rate-limited");
        (await host.Api.GetAsync("/api/dlq")).Is(200);
    }

    [Fact]
    public async Task On_this_machine_nobody_is_limited_unless_it_is_asked_for()
    {
        await using var host = await ApiHost.StartAsync("RateLimit:RequestsPerMinute=1", "RateLimit:Burst=1");
        for (var i = 0; i < 3; i++) Assert.False((await host.Api.SubmitAsync("""{"payload":1}""")).Is(202).Headers.Contains("RateLimit-Limit"));
    }

    [Fact]
    public void The_client_that_was_quiet_longest_is_forgotten_first()
    {
        var buckets = new TokenBuckets(TimeProvider.System, 2);
        buckets.Take("a", 1, 1);
        buckets.Take("b", 1, 1);
        Assert.False(buckets.Take("a", 1, 1).Allowed);
        buckets.Take("c", 1, 1);
        Assert.Equal(2, buckets.Count);
        Assert.False(buckets.Take("a", 1, 1).Allowed);
        Assert.True(buckets.Take("b", 1, 1).Allowed);
    }

    [Theory]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    public void Whoever_has_a_network_is_one_client(string address, string client) => Assert.Equal(client, FailedTries.ClientOf(System.Net.IPAddress.Parse(address)));

    private static string Header(Answer answer, string name) => answer.Headers.GetValues(name).Single();
}
