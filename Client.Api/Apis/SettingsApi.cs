using System.Collections;
using System.Globalization;
using System.Reflection;
using DlqCluster.Api.Json;
using DlqCluster.Api.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Apis;

/// <summary>The configuration in force.</summary>
internal static class SettingsApi
{
    private const string Hidden = "***";

    private static readonly string[] _secret = ["Token", "Secret", "Password", "ConnectionString", "Key"];

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/settings", List).WithTags("Administration")
        .Describe("ListSettings", "The configuration in force, without its secrets.").Answers(200, Samples.Settings);

    private static Ok<SettingsAnswer> List(IServiceProvider services, IConfiguration configuration)
    {
        var settings = OptionSections.All().SelectMany(options => Read(services, configuration, options.Type, options.Section)).OrderBy(setting => setting.Name, StringComparer.Ordinal);
        return TypedResults.Ok(new SettingsAnswer([.. settings]));
    }

    private static IEnumerable<SettingAnswer> Read(IServiceProvider services, IConfiguration configuration, Type type, string section)
    {
        var options = services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type));
        var value = options.GetType().GetProperty(nameof(IOptions<object>.Value))!.GetValue(options);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var name = $"{section}:{property.Name}";
            var text = Show(property.GetValue(value));
            if (text is { Length: > 0 } && _secret.Any(word => property.Name.EndsWith(word, StringComparison.Ordinal))) text = Hidden;
            var source = SettingOrigins.Of(configuration, name);
            yield return new SettingAnswer(name, text, source == SettingOrigins.Default, source);
        }
    }

    private static string? Show(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        IDictionary map => string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Show(key)}={Show(map[key])}")),
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Show)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
