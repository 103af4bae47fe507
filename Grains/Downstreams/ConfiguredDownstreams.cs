using System.Collections.Frozen;
using DlqCluster.Hosting;
using Microsoft.Extensions.Configuration;

namespace DlqCluster.Downstreams;

/// <summary>The downstreams in configuration, <c>Downstreams:{name}</c>. Without any, there is <c>default</c>, of kind simulated.</summary>
internal sealed class ConfiguredDownstreams
{
    public const string Section = "Downstreams";
    private const string Default = "default";

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="InvalidConfigurationException">A definition is wrong; the message names each field.</exception>
    public ConfiguredDownstreams(IConfiguration configuration)
    {
        var all = new Dictionary<string, Downstream>(StringComparer.Ordinal) { [Default] = new() { Name = Default } };
        foreach (var section in configuration.GetSection(Section).GetChildren().Where(static child => !OutgoingOptions.Names.Contains(child.Key)))
            all[section.Key] = Read(section) with { Name = section.Key };

        var errors = all.Values.SelectMany(downstream => DownstreamRules.Validate(downstream)
            .SelectMany(field => field.Value.Select(error => $"{Section}:{downstream.Name}:{SettingOf(field.Key)}: {error}"))).ToArray();
        if (errors.Length > 0) throw new InvalidConfigurationException(string.Join(Environment.NewLine, errors));
        All = all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>They, by name.</summary>
    public FrozenDictionary<string, Downstream> All { get; }

    /// <summary>A field's name in JSON as that of a setting: <c>breaker.openMs</c> is <c>Breaker:OpenMs</c>.</summary>
    private static string SettingOf(string field) =>
        string.Join(':', field.Split('.').Select(static part => part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));

    private static Downstream Read(IConfigurationSection section)
    {
        try
        {
            return section.Get<Downstream>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new Downstream();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidConfigurationException($"{section.Path}: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
    }
}
