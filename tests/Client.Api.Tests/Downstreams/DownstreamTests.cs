using DlqCluster.Api.Tests.Support;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Tests.Downstreams;

public sealed class DownstreamTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_downstream_is_defined_changed_listed_and_removed()
    {
        var made = await _api.PutAsync("/api/downstreams/shop", """{"kind":"http","url":"http://127.0.0.1:9/hook","timeoutMs":1234,"retry":{"maxRetries":7}}""");
        Assert.Equal("/api/downstreams/shop", made.Is(201).Headers.Location?.OriginalString);
        Assert.Equal(1234, made["timeoutMs"].GetInt32());
        Assert.Equal(64, made["maxConcurrency"].GetInt32());
        Assert.Equal(7, made["retry"].GetProperty("maxRetries").GetInt32());
        Assert.Equal(60_000, made["breaker"].GetProperty("windowMs").GetInt32());
        Assert.False(made["fromConfiguration"].GetBoolean());

        var changed = await _api.PutAsync("/api/downstreams/shop", """{"kind":"simulated","breaker":{"openMs":500}}""");
        Assert.Equal(500, changed.Is(200)["breaker"].GetProperty("openMs").GetInt32());
        Assert.Equal(0.5, changed["breaker"].GetProperty("failureRatio").GetDouble());
        Assert.Contains((await _api.GetAsync("/api/downstreams"))["data"].EnumerateArray(), item => item.GetProperty("name").GetString() == "shop");

        (await _api.DeleteAsync("/api/downstreams/shop")).IsProblem(400, "validation").Names("reason");
        (await _api.SendAsync(HttpMethod.Delete, "/api/downstreams/shop", """{"reason":"closed"}""")).Is(204);
        (await _api.GetAsync("/api/downstreams/shop")).IsProblem(404, "downstream-not-found");
        (await _api.SendAsync(HttpMethod.Delete, "/api/downstreams/shop", "{}", ("X-Reason", "closed"))).IsProblem(404, "downstream-not-found");
        (await _api.SubmitAsync("""{"payload":1,"target":"shop"}""")).IsProblem(422, "unknown-target");
    }

    [Fact]
    public async Task Secrets_are_never_shown_and_survive_an_edit_of_what_is_shown()
    {
        const string Body = $$$"""{"kind":"http","url":"http://127.0.0.1:9/","headers":{"Authorization":"Bearer tell-nobody","X-Plain":"seen"},"signingSecrets":["{{{Secret}}}"]}""";
        (await _api.PutAsync("/api/downstreams/secretive", Body)).Is(201);

        var shown = await _api.GetAsync("/api/downstreams/secretive");
        Assert.DoesNotContain("tell-nobody", shown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret[6..], shown.Text, StringComparison.Ordinal);
        Assert.Equal("seen", shown["headers"].GetProperty("X-Plain").GetString());
        (await _api.PutAsync("/api/downstreams/secretive", shown.Text)).Is(200);

        var kept = shared.Host.Get<IDownstreamDirectory>().Current.Entries["secretive"].Definition;
        Assert.Equal(Secret, kept.SigningSecrets.Single());
        Assert.Equal("Bearer tell-nobody", kept.Headers["Authorization"]);
    }

    [Theory]
    [InlineData("{}", "kind")]
    [InlineData("{\"kind\":\"smtp\"}", "kind")]
    [InlineData("{\"kind\":\"http\"}", "url")]
    [InlineData("{\"kind\":\"http\",\"url\":\"ftp://x/\"}", "url")]
    [InlineData("{\"kind\":\"simulated\",\"timeoutMs\":1}", "timeoutMs")]
    [InlineData("{\"kind\":\"simulated\",\"timeoutMs\":\"5\"}", "timeoutMs")]
    [InlineData("{\"kind\":\"simulated\",\"breaker\":{\"failureRatio\":2}}", "breaker.failureRatio")]
    [InlineData("{\"kind\":\"simulated\",\"breaker\":{\"ratio\":2}}", "breaker.ratio")]
    [InlineData("{\"kind\":\"simulated\",\"retry\":{\"maxRetries\":-1}}", "retry.maxRetries")]
    [InlineData("{\"kind\":\"simulated\",\"name\":\"another\"}", "name")]
    [InlineData("{\"kind\":\"simulated\",\"colour\":1}", "colour")]
    [InlineData("{\"kind\":\"simulated\",\"kind\":\"http\"}", "kind")]
    [InlineData("{\"kind\":\"simulated\",\"headers\":{\"webhook-id\":\"x\"}}", "headers")]
    [InlineData("{\"kind\":\"simulated\",\"signingSecrets\":[\"short\"]}", "signingSecrets")]
    public async Task Wrong_definitions_are_refused(string body, string field) =>
        (await _api.PutAsync("/api/downstreams/wrong", body)).IsProblem(400, "validation").Names(field);

    [Fact]
    public async Task Other_refusals()
    {
        (await _api.PutAsync("/api/downstreams/bad%20name", """{"kind":"simulated"}""")).IsProblem(400, "validation").Names("name");
        (await _api.PutAsync("/api/downstreams/wrong", "{")).IsProblem(400, "malformed-json");
        (await _api.PutAsync("/api/downstreams/wrong", "")).IsProblem(400, "malformed-json");
        (await _api.SendAsync(HttpMethod.Put, "/api/downstreams/wrong", new StringContent("{}"))).IsProblem(415, "unsupported-media-type");
        (await _api.PutAsync("/api/downstreams/wrong", new string(' ', 300_000))).IsProblem(413, "body-too-large");
        (await _api.SendAsync(HttpMethod.Delete, "/api/downstreams/default", "{}", ("X-Reason", "closed"))).IsProblem(409, "downstream-from-configuration");
        (await _api.GetAsync("/api/downstreams?page=0")).IsProblem(400, "validation").Names("page");
    }

    [Fact]
    public async Task There_is_a_most_of_them()
    {
        await using var host = await ApiHost.StartAsync("Delivery:MaxDownstreams=2");
        (await host.Api.PutAsync("/api/downstreams/two", """{"kind":"simulated"}""")).Is(201);
        (await host.Api.PutAsync("/api/downstreams/three", """{"kind":"simulated"}""")).IsProblem(409, "too-many-downstreams");
    }

    [Fact]
    public async Task Delivery_is_paused_and_resumed_for_one_and_for_all()
    {
        (await _api.PutAsync("/api/downstreams/pausable", """{"kind":"simulated"}""")).Is(201);
        (await _api.PostAsync("/admin/delivery/pause?name=pausable")).Is(200);
        var one = await _api.SubmitAsync("""{"payload":1,"target":"pausable"}""");
        await _api.UntilStateAsync(one.Is(202).Id, "parked");
        Assert.True((await _api.GetAsync("/api/downstreams/pausable"))["paused"].GetBoolean());
        var other = await _api.SubmitAsync("""{"payload":1}""");
        await _api.UntilStateAsync(other.Id, "delivered");

        (await _api.PostAsync("/admin/delivery/pause")).Is(200);
        (await _api.PostAsync("/admin/delivery/resume?name=pausable")).Is(200);
        Assert.True((await _api.GetAsync("/api/downstreams/pausable"))["paused"].GetBoolean());
        Assert.True((await _api.GetAsync("/api/system/health"))["deliveryPaused"].GetBoolean());
        (await _api.PostAsync("/admin/delivery/resume")).Is(200);
        await _api.UntilStateAsync(one.Id, "delivered");
    }

    [Fact]
    public async Task A_process_that_does_not_send_accepts_and_says_that_all_is_paused_whatever_is_resumed()
    {
        await using var host = await ApiHost.StartAsync("Delivery:Enabled=false");
        var id = (await host.Api.SubmitAsync("""{"payload":1}""")).Is(202).Id;
        (await host.Api.PostAsync("/admin/delivery/resume")).Is(200);

        await Wait.UntilAsync(() => host.Api.GetAsync($"/api/messages/{id}/explain"), answer => answer.Text.Contains("All delivery is paused.", StringComparison.Ordinal), "it is explained");
        Assert.True((await host.Api.GetAsync("/api/system/health"))["deliveryPaused"].GetBoolean());
        Assert.NotEqual("delivered", (await host.Api.GetAsync("/api/messages/" + id)).State);
    }

    [Theory]
    [InlineData("pause?name=nowhere", 404, "downstream-not-found")]
    [InlineData("resume?name=nowhere", 404, "downstream-not-found")]
    [InlineData("pause?name=", 400, "validation")]
    [InlineData("pause?all=true", 400, "validation")]
    public async Task Wrong_pauses_are_refused(string command, int status, string type) =>
        (await _api.PostAsync("/admin/delivery/" + command)).IsProblem(status, type);
}
