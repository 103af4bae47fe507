using System.Reflection;

namespace DlqCluster.Api.Settings;

/// <summary>Finds the classes that configuration is bound to: each names its section.</summary>
internal static class OptionSections
{
    private const string Own = "DlqCluster.";
    private const string SectionField = "Section";

    /// <summary>The classes of what is loaded, with their sections. A section may have several.</summary>
    public static IReadOnlyList<(Type Type, string Section)> All() =>
    [
        .. AppDomain.CurrentDomain.GetAssemblies()
            .Where(static assembly => assembly.GetName().Name?.StartsWith(Own, StringComparison.Ordinal) == true)
            .SelectMany(static assembly => assembly.GetTypes())
            .Select(static type => (Type: type, Section: SectionOf(type)!))
            .Where(static options => options.Section is not null),
    ];

    private static string? SectionOf(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.GetConstructor(Type.EmptyTypes) is not null
            ? type.GetField(SectionField, BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
            : null;
}
