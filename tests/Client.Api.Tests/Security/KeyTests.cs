using DlqCluster.Api.Security;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Security;

namespace DlqCluster.Api.Tests.Security;

/// <summary>The life of an API key.</summary>
[Trait("Spec", "OP2")]
public sealed class KeyTests
{
    [Fact]
    public async Task A_key_is_shown_once_works_at_once_and_no_more_when_it_is_revoked()
    {
        await using var host = await ApiHost.StartAsync();
        var created = await host.Api.PostAsync("/api/keys", """{"name":"shop","role":"submit"}""", ("X-Operator", "ann"));
        var (id, key) = (created.Is(201)["id"].GetString()!, created["key"].GetString()!);
        Assert.Equal($"/api/keys/{id}", created.Headers.Location!.ToString());
        Assert.True(created.Headers.CacheControl!.NoStore);
        Assert.StartsWith($"dlq_{id}_", key, StringComparison.Ordinal);

        (await host.Api.SubmitAsync("""{"payload":1}""", ("X-Api-Key", key))).Is(202);
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).IsProblem(403, "role-needed");
        var list = (await host.Api.GetAsync("/api/keys")).Is(200);
        Assert.DoesNotContain(key[^43..], list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKeyText.HashOf(key), list.Text, StringComparison.Ordinal);
        var shown = list["data"].EnumerateArray().Single();
        Assert.Equal(("shop", "submit", "ann"), (shown.GetProperty("name").GetString(), shown.GetProperty("role").GetString(), shown.GetProperty("createdBy").GetString()));

        (await host.Api.DeleteAsync("/api/keys/" + id)).Is(204);
        (await host.Api.SubmitAsync("""{"payload":1}""", ("X-Api-Key", key))).IsProblem(401, "unauthorized");
        (await host.Api.DeleteAsync("/api/keys/" + id)).IsProblem(404, "key-not-found");
    }

    [Fact]
    public async Task Keys_outlive_a_restart_and_only_their_hash_is_stored()
    {
        using var data = new TempDirectory();
        string key;
        await using (var first = await SiloProcess.StartAsync(data.Path, ("ADMIN_TOKEN", "a-token-of-some-length")))
        {
            key = (await first.Api.PostAsync("/api/keys", """{"name":"ops","role":"operate"}""", ("Authorization", "Bearer a-token-of-some-length"))).Is(201)["key"].GetString()!;
            await first.KillAsync();
        }

        foreach (var file in Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(key[^43..], System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
        await using var second = await SiloProcess.StartAsync(data.Path, ("ADMIN_TOKEN", "a-token-of-some-length"));
        (await second.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("Authorization", "Bearer " + key))).Is(200);
        Assert.DoesNotContain(key[^43..], second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_log_names_the_key_whatever_the_request_says()
    {
        await using var host = await ApiHost.StartAsync();
        var key = await Keys.CreateAsync(host, "night-shift", AccessRole.Operate);
        (await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("Authorization", "Bearer " + key), ("X-Operator", "somebody-else"))).Is(200);

        var entry = (await host.Api.GetAsync("/api/audit?pageSize=1")).Is(200)["data"][0];

        Assert.Equal(("night-shift", "key"), (entry.GetProperty("who").GetString(), entry.GetProperty("credential").GetString()));
        var me = (await host.Api.SendAsync(HttpMethod.Get, "/api/me", headers: ("X-Api-Key", key))).Is(200);
        Assert.Equal(("night-shift", "operate", "key"), (me["name"].GetString(), me["role"].GetString(), me["credential"].GetString()));
    }

    [Fact]
    public async Task An_expired_key_is_refused_and_gives_its_name_back()
    {
        var time = new ShiftedTime();
        await using var host = await ApiHost.StartAsync(builder => time.Use(builder));
        var until = time.GetUtcNow().AddHours(1).ToString("O");
        var key = (await host.Api.PostAsync("/api/keys", $$"""{"name":"short","role":"read","expiresAt":"{{until}}"}""")).Is(201)["key"].GetString()!;
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).Is(200);
        (await host.Api.PostAsync("/api/keys", """{"name":"short","role":"read"}""")).IsProblem(409, "key-name-taken");

        time.Shift = TimeSpan.FromHours(1);

        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).IsProblem(401, "unauthorized");
        Assert.True((await host.Api.GetAsync("/api/keys")).Is(200)["data"][0].GetProperty("expired").GetBoolean());
        (await host.Api.PostAsync("/api/keys", """{"name":"short","role":"read"}""")).Is(201);
    }

    [Fact]
    public async Task Its_last_use_is_shown()
    {
        await using var host = await ApiHost.StartAsync("Security:KeyRefreshMs=20");
        var key = await Keys.CreateAsync(host, "used", AccessRole.Read);
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: ("X-Api-Key", key))).Is(200);
        await Wait.UntilAsync(() => host.Api.GetAsync("/api/keys"), answer => answer["data"][0].GetProperty("lastUsedAt").ValueKind == System.Text.Json.JsonValueKind.String, "the key was used");
    }

    [Theory]
    [InlineData("""{"role":"read"}""", "name")]
    [InlineData("""{"name":"a b","role":"read"}""", "name")]
    [InlineData("""{"name":"anonymous","role":"read"}""", "name")]
    [InlineData("""{"name":"Admin","role":"read"}""", "name")]
    [InlineData("""{"name":"a"}""", "role")]
    [InlineData("""{"name":"a","role":"root"}""", "role")]
    [InlineData("""{"name":"a","role":3}""", "role")]
    [InlineData("""{"name":"a","role":"read","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name":"a","role":"read","requestsPerMinute":0}""", "requestsPerMinute")]
    [InlineData("""{"name":"a","role":"read","hash":"x"}""", "hash")]
    public async Task Wrong_fields_are_named(string body, string field)
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.PostAsync("/api/keys", body)).IsProblem(400, "validation").Names(field);
    }

    [Fact]
    public async Task There_are_no_more_than_allowed()
    {
        await using var host = await ApiHost.StartAsync("Security:MaxKeys=1");
        await Keys.CreateAsync(host, "one", AccessRole.Read);
        (await host.Api.PostAsync("/api/keys", """{"name":"two","role":"read"}""")).IsProblem(409, "too-many-keys");
    }
}
