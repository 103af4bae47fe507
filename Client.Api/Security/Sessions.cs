using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DlqCluster.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace DlqCluster.Api.Security;

/// <summary>A session of the console: it stands for a credential that is not sent again.</summary>
/// <param name="KeyId">The API key that it was made of; null for the admin token.</param>
/// <param name="EndsAt">When it ends at the latest.</param>
/// <param name="Proof">Binds it to the credential.</param>
internal sealed record Session(string? KeyId, DateTimeOffset EndsAt, byte[] Proof);

/// <summary>
/// Keeps sessions in a cookie, sealed with the key ring: every process that has the ring reads them, and none stores them. No script sees the
/// cookie, and browsers send it along only with requests of the console's own site.
/// </summary>
/// <param name="provider">The key ring.</param>
/// <param name="credentials">What sessions are made of.</param>
/// <param name="options">How long they last.</param>
/// <param name="time">The clock.</param>
internal sealed class Sessions(IDataProtectionProvider provider, Credentials credentials, IOptions<SecurityOptions> options, TimeProvider time)
{
    private const string Cookie = "dlq-session";

    // Browsers take such a cookie only over TLS, for this host alone and for all its paths.
    private const string HostPrefix = "__Host-";

    private const int TimeLength = sizeof(long);

    private readonly IDataProtector _protector = provider.CreateProtector("sessions");
    private readonly TimeSpan _life = TimeSpan.FromMinutes(options.Value.SessionMinutes);

    /// <summary>Whether a request bears a session, valid or not.</summary>
    /// <param name="request">The request.</param>
    public static bool IsIn(HttpRequest request) => request.Headers.Cookie.Count > 0 && request.Cookies.ContainsKey(NameFor(request));

    /// <summary>Takes the session from the browser.</summary>
    /// <param name="context">The request.</param>
    public static void End(HttpContext context) => context.Response.Cookies.Delete(NameFor(context.Request), CookieFor(context.Request));

    /// <summary>Gives the browser a session.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Who sent it, with the token or a key.</param>
    /// <returns>Who they are in the session.</returns>
    public Caller Begin(HttpContext context, Caller caller)
    {
        var endsAt = time.GetUtcNow() + _life;
        if (caller.Key?.ExpiresAt < endsAt) endsAt = caller.Key.ExpiresAt.Value;
        // To the millisecond, as it is read back.
        endsAt = DateTimeOffset.FromUnixTimeMilliseconds(endsAt.ToUnixTimeMilliseconds());
        var sealedSession = WebEncoders.Base64UrlEncode(_protector.Protect(Write(new Session(caller.Key?.Id, endsAt, credentials.ProofOf(caller)))));
        // Without an age: browsers forget it when they are closed, if not before.
        context.Response.Cookies.Append(NameFor(context.Request), sealedSession, CookieFor(context.Request));
        return caller with { SessionEndsAt = endsAt };
    }

    /// <summary>Reads the session of a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Null when it is none that a process with this key ring made.</returns>
    public Session? Read(HttpRequest request)
    {
        try
        {
            return Read(_protector.Unprotect(WebEncoders.Base64UrlDecode(request.Cookies[NameFor(request)] ?? "")));
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static byte[] Write(Session session)
    {
        var start = new byte[TimeLength];
        BinaryPrimitives.WriteInt64BigEndian(start, session.EndsAt.ToUnixTimeMilliseconds());
        return [.. start, .. session.Proof, .. Encoding.ASCII.GetBytes(session.KeyId ?? "")];
    }

    private static Session Read(byte[] bytes)
    {
        const int KeyAt = TimeLength + SHA256.HashSizeInBytes;
        var endsAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
        return new Session(bytes.Length == KeyAt ? null : Encoding.ASCII.GetString(bytes.AsSpan(KeyAt)), endsAt, bytes[TimeLength..KeyAt]);
    }

    // Cookies are not told apart by port: two services on one machine would sign each other out.
    private static string NameFor(HttpRequest request) =>
        (request.IsHttps ? HostPrefix : "") + Cookie + (request.Host.Port is { } port ? $"-{port}" : "");

    private static CookieOptions CookieFor(HttpRequest request) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/", IsEssential = true };
}
