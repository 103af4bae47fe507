using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>The images: what their Dockerfiles say, and how they run.</summary>
[Trait("Spec", "OP4")]
public sealed partial class ContainerTests : IDisposable
{
    private const string Token = "a-token-of-the-tests";
    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Images => ["embedded", "api", "silo"];

    [Theory]
    [MemberData(nameof(Images))]
    public void Every_image_is_small_has_a_user_of_its_own_and_a_health_check(string image)
    {
        var lines = File.ReadAllLines(Path.Combine(Tool.Root, "docker/Dockerfile." + image));
        var final = lines.SkipWhile(line => !line.EndsWith(" AS final", StringComparison.Ordinal)).ToArray();
        Assert.Contains("-chiseled", final[0], StringComparison.Ordinal);
        Assert.Contains("USER 1654:1654", final);
        Assert.Contains(final, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal));
        // What the build leaves behind, and no more.
        Assert.All(final.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)), line => Assert.StartsWith("COPY --from=build ", line, StringComparison.Ordinal));
        Assert.DoesNotContain(final, line => line.StartsWith("RUN ", StringComparison.Ordinal));
        var settings = final.Where(line => line.StartsWith("ENV ", StringComparison.Ordinal)).SelectMany(line => Setting().Matches(line)).Select(setting => setting.Groups[1].Value).ToArray();
        Assert.NotEmpty(settings);
        Assert.Empty(settings.Select(KnownSettings.Problem).OfType<string>());
        var context = lines.TakeWhile(line => !line.EndsWith(" AS final", StringComparison.Ordinal)).Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal));
        Assert.All(context.SelectMany(line => line.Split(' ')[1..^1]), path => Assert.True(Path.Exists(Path.Combine(Tool.Root, path)), path));
    }

    [Fact]
    public async Task The_image_of_everything_runs_as_a_container_would_run_it()
    {
        await Image.NeedAsync();
        var image = new Image("embedded", _directory.Path);
        await image.BuildAsync();
        Assert.True(File.Exists(Path.Combine(image.Files, "app/DlqCluster.Silo.dll")) && File.Exists(Path.Combine(image.Files, "opt/dlq/dlq.dll")));
        var refused = await image.RunAsync();
        Assert.True(refused.Code == 1 && refused.Error.Contains("ADMIN_TOKEN", StringComparison.Ordinal), refused.ToString());

        var port = FreePort();
        (string, string)[] environment = [("ADMIN_TOKEN", Token), ("Http__Address", "127.0.0.1"), ("PORT", $"{port}"), ("DLQ_URL", $"http://127.0.0.1:{port}")];
        await using var container = image.Start(environment);
        await container.UntilItListensAsync();
        Assert.DoesNotContain("\"level\":\"error\"", container.Output, StringComparison.Ordinal);
        container.MayDoNothingBut("/data");

        using var api = new ApiClient(new Uri($"http://127.0.0.1:{port}"));
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        var large = (await api.SubmitAsync($$"""{"payload":"{{new string('x', 100_000)}}"}""")).Is(202);
        await api.UntilStateAsync(large.Id, "delivered");
        Assert.Equal(200, (await api.PostAsync("/admin/backup")).Status);
        var health = await image.HealthAsync(environment);
        Assert.True(health.Code == 0 && health.Out.Contains("healthy", StringComparison.Ordinal), health.ToString());
        Assert.NotEqual(0, (await image.HealthAsync(("DLQ_URL", $"http://127.0.0.1:{FreePort()}"))).Code);

        Assert.Equal(0, await container.StopAsync());
        Assert.DoesNotContain("\"level\":\"error\"", container.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(image.Data, "dlq.db")));
    }

    [Fact]
    public async Task With_certificates_it_speaks_TLS_and_seals_its_keys()
    {
        await Image.NeedAsync();
        var image = new Image("embedded", _directory.Path);
        await image.BuildAsync();
        var pem = Certificate();
        await File.WriteAllTextAsync(Path.Combine(image.Data, "cert.pem"), pem, TestContext.Current.CancellationToken);
        var port = FreePort();
        (string, string)[] environment =
        [
            ("ADMIN_TOKEN", Token), ("Http__Address", "127.0.0.1"), ("PORT", $"{port}"), ("Http__CertificateFile", "/data/cert.pem"), ("Security__KeyRingCertificate", "/data/cert.pem"),
            ("DLQ_URL", $"https://127.0.0.1:{port}"), ("SSL_CERT_FILE", "/data/cert.pem"),
        ];
        await using var container = image.Start(environment);
        await container.UntilItListensAsync();
        var health = await image.HealthAsync(environment);
        Assert.True(health.Code == 0 && health.Out.Contains("healthy", StringComparison.Ordinal), health.ToString());
        // Its word is all that vouches for it.
        Assert.NotEqual(0, (await image.HealthAsync([.. environment[..^1]])).Code);
        var key = Assert.Single(Directory.GetFiles(Path.Combine(image.Data, "keys"), "*.xml"));
        Assert.Contains("EncryptedXmlDecryptor", await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await container.StopAsync());
        Assert.DoesNotContain("\"level\":\"error\"", container.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=dlq", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    [GeneratedRegex(@"(\w+)=\S+")]
    private static partial Regex Setting();
}
