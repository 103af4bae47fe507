using System.Security.Cryptography;
using System.Text;
using DlqCluster.Hosting;
using DlqCluster.Security;

namespace DlqCluster.Api.Security;

/// <summary>Knows the admin token and the API keys, and what each is worth at this moment.</summary>
/// <param name="options">The token.</param>
/// <param name="keys">The API keys.</param>
/// <param name="time">The clock.</param>
internal sealed class Credentials(IOptions<SecurityOptions> options, AccessKeys keys, TimeProvider time)
{
    // Hashes have equal lengths, so that comparing takes the same time for every token.
    private readonly byte[]? _token = string.IsNullOrEmpty(options.Value.AdminToken) ? null : Hash(options.Value.AdminToken);

    /// <summary>Whether there is an admin token.</summary>
    public bool HasToken => _token is not null;

    /// <summary>Compares with the admin token.</summary>
    /// <param name="credential">What was sent.</param>
    public Caller? ByToken(string credential) =>
        _token is not null && CryptographicOperations.FixedTimeEquals(Hash(credential), _token) ? new Caller(AccessRole.Admin, Caller.Token) : null;

    /// <summary>Compares with an API key.</summary>
    /// <param name="id">Which.</param>
    /// <param name="credential">What was sent.</param>
    /// <returns>Who has it, or what is wrong with it.</returns>
    public (Caller? Caller, string? Trouble) ByKey(string id, string credential)
    {
        var known = keys.Find(id);
        if (!CryptographicOperations.FixedTimeEquals(Hash(credential), known?.Hash ?? [])) return (null, "an API key that is not known");
        return Use(known!.Key) is { } caller ? (caller, null) : (null, "an API key that has expired");
    }

    /// <summary>Who has a session, as long as neither it nor the credential that it was made of has ended.</summary>
    /// <param name="session">The session.</param>
    public Caller? BySession(Session session)
    {
        if (session.EndsAt <= time.GetUtcNow()) return null;
        var caller = session.KeyId is { } id ? Use(keys.Find(id)?.Key) : HasToken ? new Caller(AccessRole.Admin, Caller.Token) : null;
        // Who has the key ring alone can make no session: that takes the hash of a credential too.
        return caller is not null && CryptographicOperations.FixedTimeEquals(session.Proof, ProofOf(caller)) ? caller with { SessionEndsAt = session.EndsAt } : null;
    }

    /// <summary>What binds a session to the credential that it is made of, without telling it.</summary>
    /// <param name="caller">Who has the credential: by the token or by a key.</param>
    public byte[] ProofOf(Caller caller) => SHA256.HashData([.. "session"u8, .. caller.Key is { } key ? Convert.FromBase64String(key.Hash) : _token ?? []]);

    /// <summary>Whether what proved who sent a request, some time ago, still would.</summary>
    /// <param name="caller">Who sent it.</param>
    public bool AreStillGood(Caller caller)
    {
        var now = time.GetUtcNow();
        return !(caller.SessionEndsAt <= now) && (caller.Key is not { } key || keys.Find(key.Id) is { } known && !known.Key.HasExpired(now));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private Caller? Use(AccessKey? key)
    {
        if (key?.HasExpired(time.GetUtcNow()) != false) return null;
        keys.Used(key.Id);
        return new Caller(key.Role, Caller.ApiKey, key);
    }
}
