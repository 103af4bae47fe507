using System.Reflection;
using DlqCluster.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;

namespace DlqCluster.Api.Settings;

/// <summary>Refuses settings that nobody reads: a name that is misspelt would otherwise leave its default in force, unnoticed.</summary>
internal static class UnknownSettings
{
    // Free below these: downstreams have names of their own choice, and so have the categories of logs.
    private static readonly string[] _free = ["Downstreams", "Logging"];

    // What is read without a class that it is bound to.
    private static readonly string[] _unbound = ["Http:Port", "Http:Address", "Http:CertificateFile", "Http:CertificateKeyFile", "Storage:Kind", "Storage:Letters", "Logging:LogLevel", "Downstreams:default"];

    /// <summary>Refuses a start with settings that are not known. Sections are known once the parts that read them are loaded.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidConfigurationException">There are such; the message names each, where it comes from and what may have been meant.</exception>
    public static void Refuse(IConfigurationRoot configuration)
    {
        var known = Known();
        var sections = known.Select(static name => name.Split(':')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = sections.Where(section => !_free.Contains(section, StringComparer.OrdinalIgnoreCase))
            .SelectMany(section => configuration.GetSection(section).GetChildren().Select(static child => child.Path))
            .Where(name => !known.Contains(name))
            // The environment is full of names that are none of ours; the command line is written for this program alone.
            .Concat(configuration.Providers.OfType<CommandLineConfigurationProvider>().SelectMany(static provider => provider.GetChildKeys([], null))
                .Where(section => !sections.Contains(section)))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(name => $"{name} ({SettingOrigins.Of(configuration, name)}) is no setting. Did you mean {Nearest(name, name.Contains(':', StringComparison.Ordinal) ? known : sections)}?")
            .ToArray();
        if (unknown.Length > 0) throw new InvalidConfigurationException(string.Join(Environment.NewLine, unknown));
    }

    /// <summary>The name that differs least from a given one.</summary>
    /// <param name="name">The given one.</param>
    /// <param name="known">Names.</param>
    public static string Nearest(string name, IEnumerable<string> known) =>
        known.OrderBy(candidate => Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())).ThenBy(static candidate => candidate, StringComparer.Ordinal).First();

    /// <summary>The settings that there are, as far as the parts that read them are loaded; below downstreams and logging there are more.</summary>
    public static HashSet<string> Known() => OptionSections.All()
        .SelectMany(static options => options.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => $"{options.Section}:{property.Name}"))
        .Concat(_unbound)
        .ToHashSet(StringComparer.OrdinalIgnoreCase);

    // How many characters must be added, left out or changed.
    private static int Distance(string from, string to)
    {
        var above = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var row = new int[to.Length + 1];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
            above = row;
        }

        return above[^1];
    }
}
