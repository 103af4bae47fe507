using System.Reflection;
using System.Runtime.CompilerServices;
using DlqCluster.Hosting;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>The configuration reference names every setting that there is.</summary>
public sealed class ConfigurationDocumentTests
{
    [Fact]
    [Trait("Spec", "OP1")]
    public void Every_setting_of_the_grains_is_in_the_reference()
    {
        var reference = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/configuration.md"));
        var settings = typeof(DlqOptions).Assembly.GetExportedTypes()
            .Select(type => (Type: type, Section: type.GetField("Section")?.GetRawConstantValue() as string))
            .Where(options => options.Section is not null)
            .SelectMany(options => options.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(property => $"{options.Section}:{property.Name}"))
            .ToArray();
        Assert.True(settings.Length > 30);
        Assert.All(settings, setting => Assert.Contains($"`{setting}`", reference, StringComparison.Ordinal));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
