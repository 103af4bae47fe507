using System.Diagnostics;
using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Cli.Tests.SupplyChain;

/// <summary>The bill of materials names what is shipped.</summary>
[Trait("Spec", "OP2")]
public sealed class BillOfMaterialsTests
{
    [Fact]
    public void The_bill_of_materials_names_every_package_that_is_shipped_with_its_licence()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/jq"), "jq is not installed.");
        using var folder = new TempDirectory();
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "scripts/sbom.sh"), [folder.Path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = script.StandardOutput.ReadToEnd() + script.StandardError.ReadToEnd();
        script.WaitForExit();

        Assert.True(script.ExitCode == 0, output);
        Assert.Equal(Of(Dependency.Shipped), Read(Path.Combine(folder.Path, "service.cdx.json")));
        Assert.Equal(Of(Dependency.ShippedPages), Read(Path.Combine(folder.Path, "console.cdx.json")));
    }

    private static SortedSet<string> Of(string use) => new(Restored.All().Where(package => package.Use == use).Select(package => $"{package.Name} {package.Version} {package.Licence}"), StringComparer.Ordinal);

    private static SortedSet<string> Read(string path)
    {
        var bill = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        Assert.Equal(("CycloneDX", "1.5"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        return new SortedSet<string>(bill.GetProperty("components").EnumerateArray().Select(Row), StringComparer.Ordinal);
    }

    private static string Row(JsonElement component)
    {
        Assert.EndsWith(component.GetProperty("version").GetString()!, component.GetProperty("purl").GetString(), StringComparison.Ordinal);
        return $"{component.GetProperty("name").GetString()} {component.GetProperty("version").GetString()} {component.GetProperty("licenses")[0].GetProperty("expression").GetString()}";
    }
}
