using DlqCluster.Api.Security;
using DlqCluster.Hosting;
using DlqCluster.Security;
using DlqCluster.Silo.Configuration;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>Stops a start that would listen where other machines can reach it while nobody has a credential. Behind the keys, before Kestrel.</summary>
/// <param name="configuration">Where it will listen.</param>
/// <param name="options">The admin token.</param>
/// <param name="keys">The API keys.</param>
/// <param name="time">The clock.</param>
internal sealed class CredentialCheck(IConfiguration configuration, IOptions<SecurityOptions> options, AccessKeys keys, TimeProvider time) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (HttpSettings.Read(configuration).IsLoopback || !string.IsNullOrEmpty(options.Value.AdminToken)) return Task.CompletedTask;
        if (keys.All.Any(key => key.Role == AccessRole.Admin && !key.HasExpired(time.GetUtcNow()))) return Task.CompletedTask;
        throw new InvalidConfigurationException(
            $"{HttpSettings.AddressKey} is '{configuration[HttpSettings.AddressKey]}', which other machines can reach, and there are no credentials. "
            + "Set Security:AdminToken (ADMIN_TOKEN) as well, or listen on 127.0.0.1.");
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
