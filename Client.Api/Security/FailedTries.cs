using System.Net;
using System.Net.Sockets;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Security;

/// <summary>Counts wrong credentials by the network address that they come from, and says when there were too many.</summary>
/// <param name="options">How many are too many.</param>
/// <param name="time">The clock.</param>
internal sealed class FailedTries(IOptions<SecurityOptions> options, TimeProvider time)
{
    private readonly TokenBuckets _buckets = new(time, options.Value.MaxTrackedClients);
    private readonly int _perMinute = options.Value.MaxFailuresPerMinute;

    /// <summary>
    /// The address that stands for a client. Who has one IPv6 address has 2^64 of them: they count as one.
    /// </summary>
    /// <param name="address">The network address.</param>
    public static string ClientOf(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>Whether an address has sent too many.</summary>
    /// <param name="context">A request of it.</param>
    /// <param name="wait">How long until it may try again.</param>
    public bool AreTooMany(HttpContext context, out TimeSpan wait) => IsEmpty(Take(context, 0), out wait);

    /// <summary>Counts one.</summary>
    /// <param name="context">The request that bore it.</param>
    /// <param name="wait">How long until it may try again.</param>
    /// <returns>Whether it was one too many.</returns>
    public bool AddAndAsk(HttpContext context, out TimeSpan wait) => IsEmpty(Take(context, 1), out wait);

    private static bool IsEmpty(BucketAnswer answer, out TimeSpan wait)
    {
        wait = answer.Wait;
        return !answer.Allowed;
    }

    private BucketAnswer Take(HttpContext context, int tokens) => _buckets.Take(ClientOf(context.Connection.RemoteIpAddress), _perMinute, _perMinute, tokens);
}
