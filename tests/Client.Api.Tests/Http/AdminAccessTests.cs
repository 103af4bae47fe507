using DlqCluster.Api.Tests.Support;
using Microsoft.AspNetCore.Hosting;

namespace DlqCluster.Api.Tests.Http;

public sealed class AdminAccessTests
{
    private const string Token = "a-token-of-some-length";

    public static TheoryData<string, string> Guarded { get; } = new()
    {
        { "POST", "/admin/delivery/pause" },
        { "POST", "/admin/delivery/resume" },
        { "POST", "/admin/circuit-breaker/force-open?name=default" },
        { "POST", "/admin/circuit-breaker/force-close?name=default" },
        { "POST", "/admin/circuit-breaker/reset?name=default" },
        { "POST", "/admin/dlq/reclaim-stale" },
        { "PUT", "/api/downstreams/x" },
        { "DELETE", "/api/downstreams/x" },
    };

    [Fact]
    public async Task With_a_token_only_who_has_it_may_operate()
    {
        await using var host = await ApiHost.StartAsync($"Admin:Token={Token}");
        foreach (var (method, path) in Guarded.Select(row => row.Data))
        {
            var verb = new HttpMethod(method);
            var without = await host.Api.SendAsync(verb, path, "{}");
            without.IsProblem(401, "unauthorized");
            Assert.Equal("Bearer", without.Headers.WwwAuthenticate.Single().Scheme);
            foreach (var wrong in new[] { "Bearer wrong", "Bearer", $"Basic {Token}", Token, $"Bearer {Token}x", $"Bearer {Token[..^1]}" })
                (await host.Api.SendAsync(verb, path, "{}", ("Authorization", wrong))).IsProblem(401, "unauthorized");
            var right = await host.Api.SendAsync(verb, path, "{}", ("Authorization", $"Bearer {Token}"));
            Assert.True(right.Status is not (401 or 403), right.ToString());
        }

        (await host.Api.SubmitAsync("""{"payload":1}""")).Is(202);
        (await host.Api.GetAsync("/api/downstreams")).Is(200);
    }

    [Fact]
    public async Task Without_a_token_other_web_pages_and_names_may_not()
    {
        await using var host = await ApiHost.StartAsync();
        (string, string)[] foreign =
        [
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Host", "rebound.example"),
        ];
        foreach (var (method, path) in Guarded.Select(row => row.Data))
        {
            foreach (var header in foreign)
                (await host.Api.SendAsync(new HttpMethod(method), path, "{}", header)).IsProblem(403, "forbidden");
        }

        (await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("Origin", host.Api.Address.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin"))).Is(200);
    }

    [Fact]
    public async Task Without_a_token_and_with_other_listeners_nobody_may()
    {
        await using var host = await ApiHost.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Any, 0)));

        var answer = await host.Api.PostAsync("/admin/delivery/pause");

        answer.IsProblem(403, "forbidden");
        Assert.Contains("ADMIN_TOKEN", answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reclaiming_stuck_letters_says_how_many()
    {
        await using var host = await ApiHost.StartAsync("Dlq:StuckAfter=00:00:01");
        var answer = await host.Api.PostAsync("/admin/dlq/reclaim-stale");
        Assert.Equal(0, answer.Is(200)["reclaimed"].GetInt32());
        (await host.Api.PostAsync("/admin/dlq/reclaim-stale?x=1")).IsProblem(400, "validation").Names("x");
    }
}
