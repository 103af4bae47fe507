using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Tests.Security;

/// <summary>What becomes of secrets: stored sealed, shown nowhere.</summary>
[Trait("Spec", "OP2")]
public sealed class SecretTests
{
    private const string Signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Header = "header-value-that-nobody-should-see";

    [Fact]
    public async Task Secrets_are_stored_sealed_used_after_a_restart_and_shown_nowhere()
    {
        await using var receiver = await Receiver.StartAsync();
        using var data = new TempDirectory();
        var output = "";
        await using (var first = await SiloProcess.StartAsync(data.Path))
        {
            var put = await first.Api.PutAsync(
                "/api/downstreams/shop", $$$"""{"kind":"http","url":"{{{receiver.Url}}}","headers":{"Authorization":"{{{Header}}}","X-Plain":"{{{Header}}}-2"},"signingSecrets":["{{{Signing}}}"]}""");
            put.Is(201);
            foreach (var path in new[] { "/api/downstreams", "/api/downstreams/shop", "/api/audit", "/api/settings", "/metrics", "/api/dlq/export" })
            {
                var answer = (await first.Api.GetAsync(path)).Is(200).Text;
                Assert.DoesNotContain(Signing, answer, StringComparison.Ordinal);
                Assert.DoesNotContain($"\"{Header}\"", answer, StringComparison.Ordinal);
            }

            output = first.Output;
            Assert.Equal(0, await first.TerminateAsync());
        }

        foreach (var file in Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories))
        {
            var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain(Signing, content, StringComparison.Ordinal);
            Assert.DoesNotContain(Header, content, StringComparison.Ordinal);
        }

        await using var second = await SiloProcess.StartAsync(data.Path);
        var sent = await second.Api.SubmitAsync("""{"payload":{"n":1},"target":"shop"}""");
        await second.Api.UntilStateAsync(sent.Is(202).Id, "delivered");
        Assert.DoesNotContain(Signing, output + second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_the_key_ring_is_itself_encrypted_and_useless_without_it()
    {
        using var files = new TempDirectory();
        using var authority = Certificates.Authority("root");
        var (ring, right, wrong) = (Path.Combine(files.Path, "ring"), Path.Combine(files.Path, "right.pem"), Path.Combine(files.Path, "wrong.pem"));
        foreach (var file in new[] { right, wrong })
        {
            using var certificate = Certificates.For("ring", authority);
            await File.WriteAllTextAsync(file, Certificates.Pem(certificate));
        }

        string[] settings = ["Security:AdminToken=a-token-of-some-length", $"Security:KeyRingDirectory={ring}"];
        string session;
        await using (var host = await ApiHost.StartAsync([.. settings, $"Security:KeyRingCertificate={right}"]))
        {
            var begun = (await host.Api.PostAsync("/api/session", null, ("Authorization", "Bearer a-token-of-some-length"))).Is(200);
            session = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=')[1];
        }

        var keys = string.Concat(Directory.GetFiles(ring).Select(File.ReadAllText));
        Assert.Contains("EncryptedKey", keys, StringComparison.Ordinal);
        Assert.DoesNotContain("<masterKey", keys, StringComparison.Ordinal);
        foreach (var (certificate, status) in new[] { (right, 200), (wrong, 401) })
        {
            await using var host = await ApiHost.StartAsync([.. settings, $"Security:KeyRingCertificate={certificate}"]);
            (await host.Api.SendAsync(HttpMethod.Get, "/api/audit", headers: ("Cookie", $"dlq-session-{host.Api.Address.Port}={session}"))).Is(status);
        }
    }

    [Theory]
    [InlineData("elliptic", "must be an RSA key")]
    [InlineData("encrypted", "no file with a certificate and its private key")]
    [InlineData("alone", "no file with a certificate and its private key")]
    [InlineData("missing", "no file with a certificate and its private key")]
    public async Task A_certificate_that_cannot_encrypt_the_key_ring_stops_the_start_and_is_told_why(string kind, string why)
    {
        using var files = new TempDirectory();
        using var authority = Certificates.Authority("root");
        using var certificate = Certificates.EllipticFor("ring", authority);
        var file = Path.Combine(files.Path, "ring.pem");
        if (kind != "missing")
        {
            await File.WriteAllTextAsync(file, kind switch
            {
                "elliptic" => Certificates.Pem(certificate),
                "encrypted" => $"{authority.ExportCertificatePem()}\n{authority.GetRSAPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem("hush", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000))}",
                _ => authority.ExportCertificatePem(),
            });
        }

        var error = await Assert.ThrowsAsync<InvalidConfigurationException>(() => ApiHost.StartAsync($"Security:KeyRingCertificate={file}"));
        Assert.StartsWith($"Security:KeyRingCertificate is '{file}', ", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_keys_that_sealed_them_the_start_is_refused_and_says_why()
    {
        using var data = new TempDirectory();
        await using (var first = await SiloProcess.StartAsync(data.Path))
        {
            (await first.Api.PutAsync("/api/downstreams/shop", $$"""{"kind":"http","url":"https://shop.example/","signingSecrets":["{{Signing}}"]}""")).Is(201);
            Assert.Equal(0, await first.TerminateAsync());
        }

        Directory.Delete(Path.Combine(data.Path, "keys"), recursive: true);

        await using var second = await SiloProcess.RunAsync(("PORT", "0"), ("DATA_DIR", data.Path));
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("The secrets of the downstream 'shop' cannot be opened", second.Output, StringComparison.Ordinal);
        Assert.Contains("Delivery:HoldUnreadable=true", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_lost_the_keys_may_start_and_what_needs_them_is_held_until_it_is_defined_anew()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync();
        string Definition(string secret) => $$$"""{"kind":"http","url":"{{{receiver.Url}}}","headers":{"Authorization":"{{{secret}}}"},"signingSecrets":["{{{Signing}}}"]}""";
        string[] settings = ["Storage:DataDirectory=" + data.Path, "Delivery:HoldUnreadable=true"];
        string shown;
        await using (var first = await ApiHost.StartAsync(settings))
        {
            shown = (await first.Api.PutAsync("/api/downstreams/shop", Definition(Header))).Is(201).Text;
        }

        Directory.Delete(Path.Combine(data.Path, "keys"), recursive: true);
        await using var second = await ApiHost.StartAsync(settings);
        var held = (await second.Api.SubmitAsync("""{"payload":{"n":1},"target":"shop"}""")).Is(202).Id;
        (await second.Api.PostAsync("/admin/delivery/resume?name=shop")).Is(200);
        var other = (await second.Api.SubmitAsync("""{"payload":{"n":1}}""")).Is(202).Id;
        await second.Api.UntilStateAsync(other, "delivered");
        Assert.Contains("cannot be opened", (await second.Api.GetAsync($"/api/messages/{held}/explain")).Is(200)["summary"].GetString(), StringComparison.Ordinal);
        Assert.Equal((true, true), Holds((await second.Api.GetAsync("/api/downstreams/shop")).Is(200)));
        Assert.Equal((false, false), Holds((await second.Api.GetAsync("/api/downstreams/default")).Is(200)));
        (await second.Api.PostAsync("/api/downstreams/shop/trial", "{}")).IsProblem(503, "secrets-locked");
        (await second.Api.PostAsync("/api/downstreams/shop/rotate-secret")).IsProblem(503, "secrets-locked");
        // Masks of what is lost are no secrets.
        (await second.Api.PutAsync("/api/downstreams/shop", shown)).IsProblem(400, "validation").Names("headers.Authorization");
        Assert.Empty(receiver.Receipts);

        Assert.Equal((false, false), Holds((await second.Api.PutAsync("/api/downstreams/shop", Definition("another"))).Is(200)));
        await second.Api.UntilStateAsync(held, "delivered");

        static (bool Paused, bool SecretsLocked) Holds(Answer shown) => (shown["paused"].GetBoolean(), shown["secretsLocked"].GetBoolean());
    }
}
