using DlqCluster.Api.Tests.Support;
using DlqCluster.Security;

namespace DlqCluster.Api.Tests.Security;

/// <summary>The sessions that browsers get for a credential.</summary>
[Trait("Spec", "OP2")]
public sealed class SessionTests
{
    private const string Token = "a-token-of-some-length";

    private static readonly (string, string) _admin = ("Authorization", "Bearer " + Token);
    private static readonly (string, string) _sameOrigin = ("Sec-Fetch-Site", "same-origin");

    [Fact]
    public async Task A_key_is_exchanged_for_a_session_that_may_what_the_key_may_until_it_is_ended()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        var key = await Keys.CreateAsync(host, "night-shift", AccessRole.Operate, _admin);

        var begun = (await host.Api.PostAsync("/api/session", null, ("Authorization", "Bearer " + key))).Is(200);
        var set = begun.Headers.GetValues("Set-Cookie").Single();
        var cookie = ("Cookie", set.Split(';')[0]);

        Assert.Equal(("night-shift", "operate", "key"), (begun["name"].GetString(), begun["role"].GetString(), begun["credential"].GetString()));
        Assert.StartsWith($"dlq-session-{host.Api.Address.Port}=", set, StringComparison.Ordinal);
        Assert.EndsWith("; path=/; samesite=strict; httponly", set, StringComparison.Ordinal);
        Assert.DoesNotContain(key[^43..], set, StringComparison.Ordinal);
        (await GetAsync(host, "/api/dlq", cookie)).Is(200);
        (await GetAsync(host, "/api/audit", cookie)).IsProblem(403, "role-needed");
        (await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, cookie, _sameOrigin)).Is(200);
        Assert.Equal("night-shift", (await GetAsync(host, "/api/audit?act=letter.reclaimStale", _admin))["data"][0].GetProperty("who").GetString());

        var ended = (await host.Api.SendAsync(HttpMethod.Delete, "/api/session", headers: [cookie, _sameOrigin])).Is(204);
        Assert.Contains("expires=Thu, 01 Jan 1970", ended.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_ends_with_its_key_at_once_and_the_stream_that_it_has_open_does_too()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}", "Live:IntervalMs=500");
        var key = await Keys.CreateAsync(host, "reader", AccessRole.Read, _admin);
        var cookie = await SignInAsync(host, key);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.Add(cookie.Item1, cookie.Item2);
        using var stream = (await host.Api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)).EnsureSuccessStatusCode();

        (await host.Api.SendAsync(HttpMethod.Delete, "/api/keys/" + key[4..20], headers: _admin)).Is(204);

        var refused = (await GetAsync(host, "/api/dlq", cookie)).IsProblem(401, "session-ended");
        Assert.StartsWith(cookie.Item2.Split('=')[0] + "=;", refused.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        using var limit = new CancellationTokenSource(Wait.Usual);
        await stream.Content.CopyToAsync(Stream.Null, limit.Token);
    }

    [Fact]
    public async Task A_session_ends_when_its_time_is_over_or_that_of_its_key()
    {
        var time = new ShiftedTime();
        await using var host = await ApiHost.StartAsync(time.Use, $"Security:AdminToken={Token}", "Security:SessionMinutes=60");
        var until = time.GetUtcNow().AddMinutes(30).ToString("O");
        var key = (await host.Api.PostAsync("/api/keys", $$"""{"name":"short","role":"read","expiresAt":"{{until}}"}""", _admin)).Is(201)["key"].GetString()!;
        var (ofKey, ofToken) = (await SignInAsync(host, key), await SignInAsync(host, Token));
        (await GetAsync(host, "/api/me", ofKey)).Is(200);
        Assert.InRange((await GetAsync(host, "/api/me", ofToken))["expiresAt"].GetDateTimeOffset(), time.GetUtcNow().AddMinutes(59), time.GetUtcNow().AddMinutes(60));

        time.Shift = TimeSpan.FromMinutes(30);
        (await GetAsync(host, "/api/me", ofKey)).IsProblem(401, "session-ended");
        (await GetAsync(host, "/api/me", ofToken)).Is(200);
        time.Shift = TimeSpan.FromMinutes(60);
        (await GetAsync(host, "/api/me", ofToken)).IsProblem(401, "session-ended");
    }

    [Fact]
    public async Task Every_process_with_the_key_ring_and_the_token_knows_the_session_and_no_other()
    {
        using var ring = new TempDirectory();
        string[] settings = [$"Security:KeyRingDirectory={ring.Path}", $"Security:AdminToken={Token}"];
        await using var first = await ApiHost.StartAsync(settings);
        await using var second = await ApiHost.StartAsync(settings);
        await using var otherToken = await ApiHost.StartAsync(settings[0], "Security:AdminToken=another-token-of-some-length");
        await using var otherRing = await ApiHost.StartAsync(settings[1]);
        var value = (await SignInAsync(first, Token)).Item2.Split('=')[1];

        (await GetAsync(second, "/api/audit", CookieFor(second, value))).Is(200);
        (await GetAsync(otherToken, "/api/audit", CookieFor(otherToken, value))).IsProblem(401, "session-ended");
        (await GetAsync(otherRing, "/api/audit", CookieFor(otherRing, value))).IsProblem(401, "unauthorized");
    }

    [Fact]
    public async Task A_session_makes_no_session_and_neither_does_this_machine_alone()
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.PostAsync("/api/session")).IsProblem(409, "no-credential");
        var cookie = await SignInAsync(host, await Keys.CreateAsync(host, "reader", AccessRole.Read));
        (await host.Api.PostAsync("/api/session", null, cookie, _sameOrigin)).IsProblem(409, "no-credential");
        // Who has signed in may what the key may, although this machine may more.
        (await GetAsync(host, "/api/audit", cookie)).IsProblem(403, "role-needed");
    }

    [Fact]
    public async Task Where_a_credential_is_sent_the_session_beside_it_does_not_count()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        var cookie = await SignInAsync(host, Token);
        var key = await Keys.CreateAsync(host, "reader", AccessRole.Read, _admin);

        Assert.Equal("read", (await GetAsync(host, "/api/me", cookie, ("X-Api-Key", key)))["role"].GetString());
        (await GetAsync(host, "/api/me", cookie, ("X-Api-Key", "nonsense"))).IsProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Requests_of_other_origins_pages_are_refused_however_good_the_session_is()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        var cookie = await SignInAsync(host, Token);
        var own = host.Api.Address.GetLeftPart(UriPartial.Authority);
        (string, string)[][] foreign =
        [
            [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "same-site"), ("Origin", own)],
            [("Origin", "https://evil.example")], [("Origin", "null")], [("Origin", own.Replace("127.0.0.1", "localhost", StringComparison.Ordinal))],
        ];
        foreach (var headers in foreign)
        {
            (await host.Api.PostAsync("/admin/delivery/pause", null, [cookie, .. headers])).IsProblem(403, "forbidden");
            (await GetAsync(host, "/api/dlq", [cookie, .. headers])).IsProblem(403, "forbidden");
        }

        // What a browser says nothing of may read and no more.
        (await GetAsync(host, "/api/dlq", cookie)).Is(200);
        (await host.Api.PostAsync("/admin/delivery/pause", null, cookie)).IsProblem(403, "forbidden");
        (await host.Api.PostAsync("/admin/delivery/pause", null, cookie, ("Sec-Fetch-Site", "none"))).IsProblem(403, "forbidden");
        (await host.Api.PostAsync("/admin/delivery/pause", null, cookie, ("Origin", own))).Is(200);
        // A proxy may call the service by another name; the browser still knows whose page it was.
        (await host.Api.PostAsync("/admin/delivery/resume", null, cookie, _sameOrigin, ("Origin", "https://dlq.example"))).Is(200);
    }

    [Fact]
    public async Task A_forged_session_is_slowed_and_recorded_as_any_wrong_credential_and_an_ended_one_is_not()
    {
        var time = new ShiftedTime();
        await using var host = await ApiHost.StartAsync(time.Use, $"Security:AdminToken={Token}", "Security:MaxFailuresPerMinute=3");
        var cookie = await SignInAsync(host, Token);
        var value = cookie.Item2.Split('=')[1];
        foreach (var forged in new[] { "x", value[..^4] + "AAAA", value[4..] }) (await GetAsync(host, "/api/dlq", CookieFor(host, forged))).IsProblem(401, "unauthorized");
        (await GetAsync(host, "/api/dlq", CookieFor(host, "CfDJ8"))).IsProblem(429, "too-many-failures");
        time.Shift = TimeSpan.FromDays(1);
        for (var i = 0; i < 5; i++) (await GetAsync(host, "/api/dlq", cookie)).IsProblem(401, "session-ended");

        var denied = (await GetAsync(host, "/api/audit?act=access.denied", _admin))["data"];
        Assert.Equal(4, denied.GetArrayLength());
    }

    private static (string, string) CookieFor(ApiHost host, string value) => ("Cookie", $"dlq-session-{host.Api.Address.Port}={value}");

    private static Task<Answer> GetAsync(ApiHost host, string path, params (string, string)[] headers) => host.Api.SendAsync(HttpMethod.Get, path, headers: headers);

    private static async Task<(string, string)> SignInAsync(ApiHost host, string credential) =>
        ("Cookie", (await host.Api.PostAsync("/api/session", null, ("Authorization", "Bearer " + credential))).Is(200).Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
}
