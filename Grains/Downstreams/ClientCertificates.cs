using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DlqCluster.Downstreams;

/// <summary>The certificates that downstreams know us by, as people give them: in PEM, with those that vouch for them and the private key.</summary>
internal static class ClientCertificates
{
    /// <summary>The longest that one may be, in characters.</summary>
    public const int MaxLength = 32_768;

    /// <summary>Why a text is none; null when it is one.</summary>
    /// <param name="pem">The text.</param>
    public static string? Trouble(string pem)
    {
        if (pem.Length > MaxLength) return $"A client certificate has at most {MaxLength} characters.";
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem, pem);
            return null;
        }
        catch (CryptographicException)
        {
            return "A client certificate is PEM: the certificate, those that vouch for it, and its private key, which is not encrypted.";
        }
    }

    /// <summary>Reads one, to show it to servers.</summary>
    /// <param name="pem">The text; one without trouble.</param>
    public static SslStreamCertificateContext Read(string pem)
    {
        var vouching = new X509Certificate2Collection();
        vouching.ImportFromPem(pem);
        // Nothing is fetched for it: what the server needs stands in the text.
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem, pem), vouching, offline: true);
    }
}
