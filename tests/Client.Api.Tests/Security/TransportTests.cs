using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Tests.Security;

/// <summary>What stands between the network and the service: TLS, proxies, limits on who holds connections.</summary>
[Trait("Spec", "OP2")]
public sealed class TransportTests
{
    private const string Token = "a-token-of-some-length";
    private const string Setting = "Security:AdminToken=" + Token;

    private static readonly (string, string) _admin = ("Authorization", "Bearer " + Token);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_certificate_it_speaks_TLS_alone_and_sends_those_that_vouch_for_it(bool elliptic)
    {
        using var files = new TempDirectory();
        using var root = Certificates.Authority("root");
        using var between = Certificates.Authority("between", root);
        using var own = elliptic ? Certificates.EllipticFor("dlq", between) : Certificates.For("dlq", between);
        var file = Path.Combine(files.Path, "tls.pem");
        await File.WriteAllTextAsync(file, Certificates.Pem(own, between));
        await using var host = await ApiHost.StartAsync(Setting, $"Http:CertificateFile={file}");
        using var client = Trusting(root, host.Api.Address);

        using var answer = await client.GetAsync(new Uri("/api/health/live", UriKind.Relative));
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/api/session");
        begin.Headers.Add(_admin.Item1, _admin.Item2);
        using var session = await client.SendAsync(begin);

        Assert.Equal("https", host.Api.Address.Scheme);
        Assert.Equal("max-age=31536000", answer.EnsureSuccessStatusCode().Headers.GetValues("Strict-Transport-Security").Single());
        var cookie = session.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-dlq-session", cookie, StringComparison.Ordinal);
        Assert.EndsWith("; path=/; secure; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        using var plain = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => plain.GetAsync(new Uri($"http://127.0.0.1:{host.Api.Address.Port}/api/health/live")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task A_certificate_that_is_none_stops_the_start(string content)
    {
        using var files = new TempDirectory();
        var file = Path.Combine(files.Path, "tls.pem");
        if (content.Length > 0) await File.WriteAllTextAsync(file, content);
        var error = await Assert.ThrowsAsync<InvalidConfigurationException>(() => ApiHost.StartAsync($"Http:CertificateFile={file}"));
        Assert.Contains("Http:CertificateFile", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.9.9.9, 203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData(null, "203.0.113.7", "127.0.0.1")]
    public async Task Only_a_trusted_proxy_is_believed_about_who_sent_a_request(string? trusted, string forwarded, string from)
    {
        string[] settings = [Setting, "Security:MaxFailuresPerMinute=1"];
        await using var host = await ApiHost.StartAsync(trusted is null ? settings : [.. settings, $"Security:TrustedProxies:0={trusted}"]);
        (string, string)[] wrong = [("Authorization", "Bearer a-guess"), ("X-Forwarded-For", forwarded), ("X-Forwarded-Proto", "https")];

        var answer = (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: wrong)).Is(401);
        (await host.Api.SendAsync(HttpMethod.Get, "/api/dlq", headers: wrong)).Is(429);

        var believed = from != "127.0.0.1";
        Assert.Equal(believed, answer.Headers.Contains("Strict-Transport-Security"));
        // Another client behind the same proxy is not slowed for it; where no proxy is trusted, there is but one client.
        (string, string)[] other = [_admin, ("X-Forwarded-For", "203.0.113.8")];
        if (!believed) (await host.Api.SendAsync(HttpMethod.Get, "/api/audit", headers: other)).IsProblem(429, "too-many-failures");
        else Assert.Equal(from, (await host.Api.SendAsync(HttpMethod.Get, "/api/audit", headers: other)).Is(200)["data"][1].GetProperty("from").GetString());
    }

    [Theory]
    [InlineData("Http:HeadersTimeoutMs=300", "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")]
    [InlineData("Http:SlowBodyGraceMs=1100", "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"payload\":\"")]
    public async Task Who_sends_byte_by_byte_is_cut_off(string limit, string beginning)
    {
        await using var host = await ApiHost.StartAsync(limit);
        using var client = new TcpClient();
        await client.ConnectAsync(host.Api.Address.Host, host.Api.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
        var end = ReadToEndAsync(stream);
        using var drip = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var patience = new CancellationTokenSource(Wait.Usual);
        while (!end.IsCompleted && await drip.WaitForNextTickAsync(patience.Token))
        {
            try
            {
                await stream.WriteAsync("x"u8.ToArray(), patience.Token);
            }
            catch (IOException)
            {
                // It has been cut off.
            }
        }

        var answer = await end;
        if (answer.Length > 0) Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        (await host.Api.GetAsync("/api/health/ready")).Is(200);
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_and_one_that_ends_makes_room()
    {
        await using var host = await ApiHost.StartAsync("Http:MaxConnections=2");
        using var first = await AskAsync(host.Api.Address);
        using var second = await AskAsync(host.Api.Address);
        using (var third = new TcpClient())
        {
            await third.ConnectAsync(host.Api.Address.Host, host.Api.Address.Port);
            Assert.Equal("", await ReadToEndAsync(third.GetStream()));
        }

        first.Close();
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    return (await host.Api.GetAsync("/api/health/live")).Status;
                }
                catch (HttpRequestException)
                {
                    return 0;
                }
            },
            status => status == 200, "there is room again");
    }

    private static HttpClient Trusting(X509Certificate2 root, Uri address)
    {
        var handler = new SocketsHttpHandler { UseCookies = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            CustomTrustStore = { root },
        };
        return new HttpClient(handler) { BaseAddress = address };
    }

    private static async Task<TcpClient> AskAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync("GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        await client.GetStream().ReadExactlyAsync(new byte[15]);
        return client;
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all);
        }
        catch (IOException)
        {
            // Cut off by a reset.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
