using DlqCluster.Api.Security;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace DlqCluster.Api.Tests.Security;

/// <summary>Who may use which endpoint.</summary>
[Trait("Spec", "OP2")]
public sealed class AccessTests
{
    private const string Token = "a-token-of-some-length";

    private static readonly (string, string) _admin = ("Authorization", "Bearer " + Token);

    [Fact]
    public async Task Every_endpoint_has_a_role_or_is_said_to_be_open()
    {
        await using var host = await ApiHost.StartAsync();
        var endpoints = host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToArray();

        Assert.Equal([], endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<NeededRole>() is null).Select(endpoint => endpoint.RoutePattern.RawText));
        // What changes something is open to nobody without a role.
        Assert.Equal([], endpoints.Where(endpoint => Role(endpoint) is null && Method(endpoint) != "GET").Select(endpoint => endpoint.RoutePattern.RawText));
        Assert.True(endpoints.Length > 50);
    }

    [Fact]
    public async Task The_table_of_roles_names_no_endpoint_that_is_not_there()
    {
        await using var host = await ApiHost.StartAsync();
        var names = Named(host).Select(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName);
        Assert.Equal([], EndpointRoles.Names.Except(names));
    }

    [Fact]
    public async Task Without_a_credential_nothing_but_health_answers_where_a_token_is_configured()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        foreach (var endpoint in Named(host))
        {
            var answer = await CallAsync(host, endpoint);
            if (Role(endpoint) is null) Assert.True(answer.Status == 200, $"{endpoint}: {answer}");
            else Assert.Equal("Bearer", answer.IsProblem(401, "unauthorized").Headers.WwwAuthenticate.Single().Scheme);
        }
    }

    [Fact]
    public async Task Each_role_may_do_what_it_should_and_no_more_on_every_endpoint()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        foreach (var role in Enum.GetValues<AccessRole>())
        {
            var key = await Keys.CreateAsync(host, $"{role}-key", role, _admin);
            foreach (var endpoint in Named(host).Where(endpoint => !IsStream(endpoint)))
            {
                var answer = await CallAsync(host, endpoint, ("Authorization", "Bearer " + key));
                if (Role(endpoint) > role) answer.IsProblem(403, "role-needed");
                else Assert.True(answer.Status is not (401 or 403 or >= 500), $"{role}, {endpoint}: {answer}");
            }
        }
    }

    [Fact]
    public async Task A_credential_counts_only_whole_and_in_its_place()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}", "Security:MaxFailuresPerMinute=1000");
        var key = await Keys.CreateAsync(host, "reader", AccessRole.Read, _admin);
        foreach (var right in new[] { ("Authorization", "Bearer " + key), ("Authorization", "bearer  " + key), ("X-Api-Key", key), ("X-Api-Key", Token), _admin })
            (await AskAsync(host, right)).Is(200);
        foreach (var credential in new[] { key, Token })
        {
            foreach (var wrong in new[] { credential, "Bearer", "Bearer ", "Basic " + credential, $"Bearer {credential}x", "Bearer " + credential[..^1], $"Bearer {credential} {credential}", "Bearer " + credential.ToUpperInvariant() })
                (await AskAsync(host, ("Authorization", wrong))).IsProblem(401, "unauthorized");
            (await AskAsync(host, ("X-Api-Key", "Bearer " + credential))).IsProblem(401, "unauthorized");
            // Two credentials: it would not be clear who asks.
            (await AskAsync(host, ("X-Api-Key", credential), ("Authorization", "Bearer " + credential))).IsProblem(401, "unauthorized");
            (await AskAsync(host, ("X-Api-Key", credential), ("X-Api-Key", credential))).IsProblem(401, "unauthorized");
            foreach (var place in new[] { "?key=", "?api_key=", "?access_token=", "?X-Api-Key=" }) (await host.Api.GetAsync("/api/downstreams" + place + credential)).IsProblem(401, "unauthorized");
            (await AskAsync(host, ("Cookie", $"key={credential}; token={credential}"))).IsProblem(401, "unauthorized");
        }
    }

    [Fact]
    public async Task A_wrong_credential_is_not_excused_by_coming_from_this_machine()
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.GetAsync("/api/downstreams")).Is(200);
        (await AskAsync(host, ("Authorization", "Bearer nonsense"))).IsProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Without_a_token_other_web_pages_other_names_and_proxies_may_do_nothing()
    {
        await using var host = await ApiHost.StartAsync();
        (string, string)[] foreign =
        [
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Host", "rebound.example"),
            ("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"), ("X-Real-IP", "127.0.0.1"),
        ];
        foreach (var endpoint in Named(host).Where(endpoint => Role(endpoint) is not null))
        {
            foreach (var header in foreign) (await CallAsync(host, endpoint, header)).IsProblem(403, "forbidden");
        }

        (await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("Origin", host.Api.Address.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin"))).Is(200);
    }

    [Fact]
    public async Task Without_a_token_and_with_other_listeners_nobody_may_do_anything()
    {
        await using var host = await ApiHost.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Any, 0)));

        var answer = await host.Api.PostAsync("/admin/delivery/pause");

        answer.IsProblem(401, "unauthorized");
        Assert.Contains("ADMIN_TOKEN", answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_sends_too_many_wrong_credentials_is_slowed_while_keys_go_on_working()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}", "Security:MaxFailuresPerMinute=3");
        var key = await Keys.CreateAsync(host, "reader", AccessRole.Read, _admin);
        for (var i = 0; i < 3; i++) (await AskAsync(host, ("Authorization", $"Bearer guess-{i}"))).IsProblem(401, "unauthorized");

        var slowed = await AskAsync(host, ("Authorization", "Bearer guess-4"));
        slowed.IsProblem(429, "too-many-failures");
        Assert.InRange(slowed.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 20);
        // Not even the right token is compared now; a key, which nobody can guess, is.
        (await AskAsync(host, _admin)).IsProblem(429, "too-many-failures");
        (await AskAsync(host, ("X-Api-Key", key))).Is(200);
    }

    [Fact]
    public async Task Wrong_credentials_are_in_the_audit_log_without_what_was_sent()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        (await AskAsync(host, ("Authorization", "Bearer a-guess"))).Is(401);
        // Who looks without any credential is no attacker.
        (await host.Api.GetAsync("/api/downstreams")).Is(401);

        var log = (await host.Api.SendAsync(HttpMethod.Get, "/api/audit", headers: _admin)).Is(200);

        var entry = log["data"].EnumerateArray().Single();
        Assert.Equal("access.denied", entry.GetProperty("act").GetString());
        Assert.Equal("GET /api/downstreams", entry.GetProperty("subject").GetString());
        Assert.Equal("refused", entry.GetProperty("outcome").GetString());
        Assert.DoesNotContain("a-guess", log.Text, StringComparison.Ordinal);
    }

    private static Task<Answer> AskAsync(ApiHost host, params (string, string)[] headers) => host.Api.SendAsync(HttpMethod.Get, "/api/downstreams", headers: headers);

    private static Task<Answer> CallAsync(ApiHost host, RouteEndpoint endpoint, params (string, string)[] headers)
    {
        var path = endpoint.RoutePattern.RawText!.Replace("{id}", "x", StringComparison.Ordinal).Replace("{name}", "x", StringComparison.Ordinal);
        var type = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0];
        return host.Api.SendAsync(new HttpMethod(Method(endpoint)), path, type is null ? null : new StringContent("{}", System.Text.Encoding.UTF8, type), headers);
    }

    private static RouteEndpoint[] Named(ApiHost host) =>
        [.. host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)];

    private static bool IsStream(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText == "/api/events";

    private static AccessRole? Role(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<NeededRole>()!.Role;

    private static string Method(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0] ?? "GET";
}
