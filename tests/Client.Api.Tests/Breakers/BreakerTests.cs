using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Breakers;

public sealed class BreakerTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Force = "/admin/circuit-breaker/";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task Breakers_are_listed_by_downstream()
    {
        var list = await _api.GetAsync("/api/circuit-breakers?pageSize=500");

        var breaker = list.Is(200)["data"].EnumerateArray().Single(item => item.GetProperty("name").GetString() == "default");
        Assert.Equal("auto", breaker.GetProperty("mode").GetString());
        Assert.True(list["total"].GetInt32() >= 1);
        (await _api.GetAsync("/api/circuit-breakers?x=1")).IsProblem(400, "validation").Names("x");
        (await _api.GetAsync("/api/circuit-breakers/nowhere")).IsProblem(404, "downstream-not-found");
    }

    [Fact]
    public async Task Forcing_and_resetting_is_recorded_with_who_and_why()
    {
        await DefineAsync("forced");

        var open = await _api.PostAsync(Force + "force-open?name=forced", """{"reason":"maintenance","forMs":600000}""", ("X-Operator", "ann"));
        Assert.Equal("OPEN", open.Is(200).State);
        Assert.Equal("forcedOpen", open["mode"].GetString());
        Assert.Equal("maintenance", open["modeReason"].GetString());
        Assert.NotNull(open["modeUntil"].GetString());
        var sent = await _api.SubmitAsync("""{"payload":1,"target":"forced"}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "parked");

        var closed = await _api.PostAsync(Force + "force-close?name=forced", """{"reason":"we know better"}""");
        Assert.Equal("CLOSED", closed.Is(200).State);
        await _api.UntilStateAsync(sent.Id, "delivered");
        var reset = await _api.PostAsync(Force + "reset?name=forced");
        Assert.Equal("auto", reset.Is(200)["mode"].GetString());

        var view = await _api.GetAsync("/api/circuit-breakers/forced");
        var transitions = view.Is(200)["transitions"].EnumerateArray().ToArray();
        Assert.Equal(["admin", "admin", "ann"], transitions.Select(transition => transition.GetProperty("by").GetString()));
        Assert.Contains("maintenance", transitions[2].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Spec", "CB6")]
    [InlineData("disable", "disabled", 0)]
    [InlineData("metrics-only", "metricsOnly", 25)]
    public async Task A_breaker_that_is_not_to_decide_never_opens_and_counts_or_not(string command, string mode, int counted)
    {
        await DefineAsync(mode);
        var held = (await _api.PostAsync(Force + command + "?name=" + mode, """{"reason":"we measure first","forMs":600000}""")).Is(200);
        Assert.Equal((mode, "we measure first"), (held["mode"].GetString(), held["modeReason"].GetString()));
        Assert.NotNull(held["modeUntil"].GetString());

        var failing = $$$"""{"payload":{"simulateError":true,"errorType":"SERVER_ERROR"},"target":"{{{mode}}}","retry":{"maxRetries":0}}""";
        var ids = new List<string>();
        for (var i = 0; i < 25; i++) ids.Add((await _api.SubmitAsync(failing)).Is(202).Id);
        foreach (var id in ids) await _api.UntilStateAsync(id, "deadLettered");

        var breaker = await Wait.UntilAsync(
            () => _api.GetAsync("/api/circuit-breakers/" + mode), answer => answer["failures"].GetInt64() == counted, $"{counted} counted");
        Assert.Equal("CLOSED", breaker.State);
        Assert.Equal("auto", (await _api.PostAsync(Force + "reset?name=" + mode)).Is(200)["mode"].GetString());
    }

    [Theory]
    [InlineData("disable?name=default", "{}", "reason")]
    [InlineData("metrics-only?name=default", "{}", "reason")]
    [InlineData("metrics-only?name=default", "{\"reason\":\"x\",\"forMs\":0}", "forMs")]
    [InlineData("force-open", "{\"reason\":\"x\"}", "name")]
    [InlineData("force-open?name=", "{\"reason\":\"x\"}", "name")]
    [InlineData("force-open?name=default&for=1", "{\"reason\":\"x\"}", "for")]
    [InlineData("force-open?name=default", "{}", "reason")]
    [InlineData("force-open?name=default", null, "reason")]
    [InlineData("force-close?name=default", "{\"reason\":\"\"}", "reason")]
    [InlineData("force-close?name=default", "{\"reason\":1}", "reason")]
    [InlineData("force-open?name=default", "{\"reason\":\"x\",\"forMs\":0}", "forMs")]
    [InlineData("force-open?name=default", "{\"reason\":\"x\",\"forMs\":2592000001}", "forMs")]
    [InlineData("force-open?name=default", "{\"reason\":\"x\",\"forMs\":1.5}", "forMs")]
    [InlineData("force-open?name=default", "{\"reason\":\"x\",\"until\":1}", "until")]
    [InlineData("reset?name=default", "{\"forMs\":1}", "forMs")]
    public async Task Wrong_commands_are_refused(string command, string? body, string field) =>
        (await _api.PostAsync(Force + command, body)).IsProblem(400, "validation").Names(field);

    [Fact]
    public async Task Unknown_breakers_are_not_found() =>
        (await _api.PostAsync(Force + "force-open?name=nowhere", """{"reason":"x"}""")).IsProblem(404, "downstream-not-found");

    private async Task DefineAsync(string name) => (await _api.PutAsync("/api/downstreams/" + name, """{"kind":"simulated"}""")).Is(201);
}
