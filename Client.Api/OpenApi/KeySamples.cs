using DlqCluster.Api.Json;
using DlqCluster.Security;

namespace DlqCluster.Api.OpenApi;

/// <summary>Examples of what the API says about keys.</summary>
internal static class KeySamples
{
    /// <summary>A wish for a key.</summary>
    public const string CreateBody = """{"name":"shop-backend","role":"submit","requestsPerMinute":6000}""";

    private const string Id = "5f0c1d2e3a4b5c6d";
    private const string Name = "shop-backend";

    private static readonly DateTimeOffset _at = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A key.</summary>
    public static KeyAnswer Key => new(Id, Name, AccessRole.Submit, _at, "ann", null, Expired: false, 6_000, _at.AddHours(3));

    /// <summary>A new key.</summary>
    public static CreatedKeyAnswer Created => new(Id, Name, AccessRole.Submit, null, $"dlq_{Id}_bm90IGEga2V5IGJ1dCBhbiBleGFtcGxlIG9mIG9uZTEyMw");

    /// <summary>Who asks.</summary>
    public static MeAnswer Me => new(Name, AccessRole.Submit, "key", null);
}
