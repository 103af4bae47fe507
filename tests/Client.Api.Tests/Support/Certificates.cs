using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DlqCluster.Api.Tests.Support;

/// <summary>Certificates that vouch for each other, made for one test.</summary>
internal static class Certificates
{
    private static readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset _to = DateTimeOffset.UtcNow.AddDays(1);

    /// <summary>An authority: of itself, or of another.</summary>
    public static X509Certificate2 Authority(string name, X509Certificate2? by = null)
    {
        using var key = RSA.Create(2048);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return by is null ? request.CreateSelfSigned(_from, _to) : Signed(request, key, by);
    }

    /// <summary>A certificate of this machine, or of a client, that an authority vouches for.</summary>
    public static X509Certificate2 For(string name, X509Certificate2 by)
    {
        using var key = RSA.Create(2048);
        return Signed(ForThisMachine(Request(name, key)), key, by);
    }

    /// <summary>The same with a key on an elliptic curve.</summary>
    public static X509Certificate2 EllipticFor(string name, X509Certificate2 by)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signing = by.GetRSAPrivateKey()!;
        var request = ForThisMachine(new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256));
        using var signed = request.Create(
            by.SubjectName, X509SignatureGenerator.CreateForRSA(signing, RSASignaturePadding.Pkcs1), _from.AddMinutes(1), _to.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>The certificate, those that vouch for it, and its key, as they stand in a file.</summary>
    public static string Pem(X509Certificate2 certificate, params X509Certificate2[] others) =>
        string.Join('\n', [certificate.ExportCertificatePem(), .. others.Select(other => other.ExportCertificatePem()), Key(certificate).ExportPkcs8PrivateKeyPem()]);

    private static AsymmetricAlgorithm Key(X509Certificate2 certificate) => (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()!;

    private static CertificateRequest ForThisMachine(CertificateRequest request)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private static CertificateRequest Request(string name, RSA key) => new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static X509Certificate2 Signed(CertificateRequest request, RSA key, X509Certificate2 by)
    {
        using var signed = request.Create(by, _from.AddMinutes(1), _to.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
