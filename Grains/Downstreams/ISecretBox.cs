namespace DlqCluster.Downstreams;

/// <summary>Keeps secrets readable for this service alone while they are stored.</summary>
public interface ISecretBox
{
    /// <summary>Makes a secret unreadable.</summary>
    /// <param name="secret">The secret.</param>
    string Seal(string secret);

    /// <summary>Makes a sealed secret readable.</summary>
    /// <param name="sealedSecret">What <see cref="Seal"/> gave.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It was sealed with keys that are not here, or was changed.</exception>
    string Open(string sealedSecret);
}

/// <summary>Keeps secrets as they are: for engines that store nothing beyond their own process.</summary>
internal sealed class OpenSecretBox : ISecretBox
{
    public string Seal(string secret) => secret;

    public string Open(string sealedSecret) => sealedSecret;
}
