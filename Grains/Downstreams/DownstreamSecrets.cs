using System.Security.Cryptography;
using DlqCluster.Hosting;

namespace DlqCluster.Downstreams;

/// <summary>
/// Seals the secrets of downstreams, which are the signing secrets, the client certificate and the values of all headers, before they are stored or leave the process,
/// and opens them where they are used. What was stored before secrets were sealed is read as it is, and sealed with the next change.
/// </summary>
/// <param name="box">Seals and opens.</param>
internal sealed class DownstreamSecrets(ISecretBox box)
{
    private const string Mark = "sealed:";

    /// <summary>A definition as it is stored and sent.</summary>
    /// <param name="downstream">The definition, open.</param>
    public Downstream Seal(Downstream downstream) => With(downstream, secret => Mark + box.Seal(secret));

    /// <summary>A definition as it is used.</summary>
    /// <param name="downstream">The definition, sealed.</param>
    /// <exception cref="InvalidConfigurationException">It was sealed with keys that are not here.</exception>
    public Downstream Open(Downstream downstream)
    {
        try
        {
            return With(downstream, secret => secret.StartsWith(Mark, StringComparison.Ordinal) ? box.Open(secret[Mark.Length..]) : secret);
        }
        catch (CryptographicException error)
        {
            throw new InvalidConfigurationException(
                $"The secrets of the downstream '{downstream.Name}' cannot be opened: they were sealed with keys that are not in Security:KeyRingDirectory. "
                + "Bring the key ring back that belongs to this data, from its backup or from the other processes. If it is lost, start with "
                + "Delivery:HoldUnreadable=true and define the downstream anew; until then it is sent nothing.", error);
        }
    }

    /// <summary>An entry as it is used; locked, and without its secrets, when they cannot be opened.</summary>
    /// <param name="entry">The entry, sealed.</param>
    public DownstreamEntry OpenOrLock(DownstreamEntry entry)
    {
        try
        {
            return entry with { Definition = Open(entry.Definition) };
        }
        catch (InvalidConfigurationException)
        {
            var bare = entry.Definition with { SigningSecrets = [], ClientCertificate = null, Headers = new Dictionary<string, string>() };
            return entry with { Definition = bare, IsLocked = true };
        }
    }

    private static Downstream With(Downstream downstream, Func<string, string> change) => downstream with
    {
        SigningSecrets = [.. downstream.SigningSecrets.Select(change)],
        ClientCertificate = downstream.ClientCertificate is { } certificate ? change(certificate) : null,
        Headers = downstream.Headers.ToDictionary(static header => header.Key, header => change(header.Value), StringComparer.Ordinal),
    };
}
