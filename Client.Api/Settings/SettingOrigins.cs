using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace DlqCluster.Api.Settings;

/// <summary>Tells where a setting comes from.</summary>
internal static class SettingOrigins
{
    /// <summary>What stands for a setting that nobody has set.</summary>
    public const string Default = "default";

    /// <summary>Where a setting comes from, in words.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="setting">The setting's full name.</param>
    public static string Of(IConfiguration configuration, string setting)
    {
        var provider = (configuration as IConfigurationRoot)?.Providers.Reverse().FirstOrDefault(provider => Has(provider, setting));
        return provider switch
        {
            null => Default,
            CommandLineConfigurationProvider => "command line",
            EnvironmentVariablesConfigurationProvider => "environment variable " + setting.Replace(":", "__", StringComparison.Ordinal),
            JsonConfigurationProvider file => "file " + Path.GetFileName(file.Source.Path),
            // What this program puts in by itself: what short names gave, and defaults of the engine.
            _ => SettingAliases.Of(setting) is { } alias ? "environment variable " + alias : Default,
        };
    }

    private static bool Has(IConfigurationProvider provider, string setting) => provider.TryGet(setting, out _) || provider.GetChildKeys([], setting).Any();
}
