using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Api.Tests.Security;

/// <summary>Downstreams that know the service by a certificate.</summary>
[Trait("Spec", "OP2")]
public sealed class ClientCertificateTests
{
    [Fact]
    public async Task A_downstream_that_asks_for_a_certificate_is_shown_the_one_that_is_its_own_and_it_is_kept_secret()
    {
        using var root = Certificates.Authority("root");
        using var certificate = Certificates.EllipticFor("the-service", root);
        using var files = new TempDirectory();
        var trusted = Path.Combine(files.Path, "root.pem");
        await File.WriteAllTextAsync(trusted, root.ExportCertificatePem());
        var seen = new ConcurrentQueue<string>();
        await using var receiver = await StartAsync(root, seen);
        var pem = Certificates.Pem(certificate);
        // The system's store of authorities is that of the process.
        await using var silo = await SiloProcess.StartAsync(Path.Combine(files.Path, "data"), ("SSL_CERT_FILE", trusted), ("Retry__MaxRetries", "0"));

        var made = (await silo.Api.PutAsync("/api/downstreams/known", Definition(receiver.Urls.First(), pem))).Is(201);
        (await silo.Api.PutAsync("/api/downstreams/unknown", Definition(receiver.Urls.First(), null))).Is(201);
        // As the console does: what is read is changed and sent back.
        (await silo.Api.PutAsync("/api/downstreams/known", made.Text)).Is(200);
        var (first, other) = ((await silo.Api.SubmitAsync("""{"payload":1,"target":"known"}""")).Is(202).Id, (await silo.Api.SubmitAsync("""{"payload":2,"target":"unknown"}""")).Is(202).Id);

        await silo.Api.UntilStateAsync(first, "delivered");
        await silo.Api.UntilStateAsync(other, "deadLettered");
        Assert.Equal([certificate.Thumbprint], seen);
        Assert.StartsWith("***", made["clientCertificate"].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await silo.TerminateAsync());
        var secret = pem.Split("PRIVATE KEY-----\n")[1][..60];
        foreach (var file in Directory.GetFiles(Path.Combine(files.Path, "data"), "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(secret, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, silo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://shop.example/", "nonsense")]
    [InlineData("https://shop.example/", "certificate alone")]
    [InlineData("http://shop.example/", "right")]
    public async Task What_is_no_certificate_with_its_key_for_TLS_is_refused(string url, string text)
    {
        using var root = Certificates.Authority("root");
        await using var host = await ApiHost.StartAsync();
        var pem = text switch
        {
            "right" => Certificates.Pem(root),
            "certificate alone" => root.ExportCertificatePem(),
            _ => text,
        };
        var answer = await host.Api.PutAsync("/api/downstreams/known", Definition(url, pem));
        answer.IsProblem(400, "validation").Names("clientCertificate");
        Assert.DoesNotContain("BEGIN", answer.Text, StringComparison.Ordinal);
    }

    private static string Definition(string url, string? pem) => $$"""{"kind":"http","url":"{{url}}","clientCertificate":{{JsonSerializer.Serialize(pem)}}}""";

    private static async Task<WebApplication> StartAsync(X509Certificate2 root, ConcurrentQueue<string> seen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        using var made = Certificates.For("receiver", root);
        // A key that was just made is not taken by TLS on every platform unless it was read from somewhere.
        var own = X509Certificate2.CreateFromPem(made.ExportCertificatePem(), Certificates.Pem(made));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = own;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        })));
        var app = builder.Build();
        app.MapPost("/", (HttpContext context) => seen.Enqueue(context.Connection.ClientCertificate!.Thumbprint));
        await app.StartAsync();
        return app;
    }
}
