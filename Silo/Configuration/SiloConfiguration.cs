using DlqCluster.Api.Settings;
using DlqCluster.Hosting;
using Microsoft.Extensions.Configuration.Memory;

namespace DlqCluster.Silo.Configuration;

/// <summary>Where settings come from: later ones win. <c>--role</c> and <c>--api</c> say in short what a process of a cluster does.</summary>
internal static class SiloConfiguration
{
    private const string LevelsSection = "Logging:LogLevel";
    private const string PrivateKey = $"{OutgoingOptions.Section}:{nameof(OutgoingOptions.AllowPrivateNetworks)}";
    private const string RoleKey = "Cluster:Role";
    private const string ApiSwitch = "--api";
    private const string ApiRole = $"--{RoleKey}=all";

    private static readonly Dictionary<string, string> _shortNames = new() { ["--role"] = RoleKey };

    /// <summary>Reads them: the file beside the program, short names in the environment, the environment, the command line.</summary>
    /// <param name="configuration">Where to.</param>
    /// <param name="args">The command line.</param>
    /// <exception cref="InvalidConfigurationException">A value cannot be used.</exception>
    public static void Load(ConfigurationManager configuration, string[] args)
    {
        // Away with the host's own: variables such as ASPNETCORE_URLS would move the service unnoticed.
        configuration.Sources.Clear();
        configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false);
        configuration.AddInMemoryCollection(SettingAliases.Read());
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine([.. args.Select(static arg => arg == ApiSwitch ? ApiRole : arg)], _shortNames);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [.. Engine.Defaults(configuration), .. Outgoing(configuration)] });
        CheckLevels(configuration);
    }

    // Who alone can reach the service can reach what is near it anyway. Whoever lets others in has to say what they may reach.
    private static IEnumerable<KeyValuePair<string, string?>> Outgoing(ConfigurationManager configuration) =>
        [new(PrivateKey, HttpSettings.Read(configuration).IsLoopback ? bool.TrueString : bool.FalseString)];

    private static void CheckLevels(ConfigurationManager configuration)
    {
        foreach (var level in configuration.GetSection(LevelsSection).GetChildren())
        {
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
                throw new InvalidConfigurationException($"{level.Path} is '{level.Value}'. It must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
        }
    }
}
