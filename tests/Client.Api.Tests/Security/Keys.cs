using DlqCluster.Api.Tests.Support;
using DlqCluster.Security;

namespace DlqCluster.Api.Tests.Security;

/// <summary>Makes API keys for tests.</summary>
internal static class Keys
{
    public static async Task<string> CreateAsync(ApiHost host, string name, AccessRole role, params (string, string)[] headers) =>
        (await host.Api.PostAsync("/api/keys", $$"""{"name":"{{name}}","role":"{{role.ToString().ToLowerInvariant()}}"}""", headers)).Is(201)["key"].GetString()!;
}
