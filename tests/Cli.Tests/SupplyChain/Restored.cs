using System.Text.Json;
using System.Xml.Linq;

namespace DlqCluster.Cli.Tests.SupplyChain;

/// <summary>What was restored for this checkout, and under which licences.</summary>
internal static class Restored
{
    // The projects whose output users get.
    private static readonly string[] _products = ["Silo", "Client.Cli"];

    // Packages that name no licence of the SPDX list, as somebody has read it.
    private static readonly Dictionary<string, string> _read = new(StringComparer.Ordinal)
    {
        // LICENSE.txt in the package: SQLite is in the public domain, with a blessing in place of a licence.
        ["SourceGear.sqlite3"] = "blessing",
        // License.md in the package.
        ["CommandLineParser"] = "MIT",
        // They point to the licence of .NET's runtime, then and now.
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",
        ["Microsoft.NETCore.Platforms"] = "MIT",
        ["Microsoft.NETCore.Targets"] = "MIT",
        ["NETStandard.Library"] = "MIT",
        ["System.Buffers"] = "MIT",
        ["System.Memory"] = "MIT",
        ["System.Numerics.Vectors"] = "MIT",
        ["System.Threading.Tasks.Extensions"] = "MIT",
        ["System.Runtime.CompilerServices.Unsafe"] = "MIT",
    };

    private static readonly Dictionary<string, string> _engine = new(StringComparer.Ordinal)
    {
        ["MongoDB.Driver"] = "Apache-2.0",
        ["prometheus-net"] = "MIT",
        ["StackExchange.Redis"] = "MIT",
    };

    /// <summary>Everything, in the order of the list.</summary>
    public static IReadOnlyList<Dependency> All()
    {
        var shipped = _products.SelectMany(project => Packages(project, Dependency.Shipped)).ToHashSet();
        var names = shipped.Select(package => (package.Name, package.Version)).ToHashSet();
        var building = Directory.GetDirectories(Objects).SelectMany(folder => Packages(Path.GetFileName(folder), Dependency.Building));
        return [.. shipped.Concat(building.Where(package => !names.Contains((package.Name, package.Version)))).Concat(Locked()).Concat(Engine()).Distinct()
            .OrderBy(package => package.Use, Comparer<string>.Create((a, b) => Place(a) - Place(b)))
            .ThenBy(package => package.Name, StringComparer.OrdinalIgnoreCase).ThenBy(package => package.Version, StringComparer.Ordinal)];
    }

    /// <summary>The projects of the solution that have not been restored: what they alone use is not known.</summary>
    public static IEnumerable<string> Missing => File.ReadAllText(Path.Combine(Repository.Root, "Orleans.DlqCluster.sln")).Split('"')
        .Where(text => text.EndsWith(".csproj", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))
        .Where(project => !File.Exists(Path.Combine(Objects, project, "project.assets.json")));

    private static string Objects => Path.Combine(Repository.Root, "artifacts/Embedded/obj");

    private static int Place(string use) => Dependency.Uses.Index().First(pair => pair.Item == use).Index;

    private static IEnumerable<Dependency> Packages(string project, string use)
    {
        var assets = Path.Combine(Objects, project, "project.assets.json");
        if (!File.Exists(assets)) yield break;
        var root = JsonDocument.Parse(File.ReadAllText(assets)).RootElement;
        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToArray();
        foreach (var library in root.GetProperty("libraries").EnumerateObject().Where(library => library.Value.GetProperty("type").GetString() == "package"))
        {
            var folder = folders.Select(root => Path.Combine(root, library.Value.GetProperty("path").GetString()!)).First(Directory.Exists);
            var (name, version) = (library.Name.Split('/')[0], library.Name.Split('/')[1]);
            yield return new Dependency(use, name, version, Licence(name, Directory.GetFiles(folder, "*.nuspec").Single()));
        }
    }

    private static string Licence(string name, string nuspec)
    {
        var licence = XDocument.Load(nuspec).Descendants().FirstOrDefault(element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value == "expression" ? licence.Value : _read.GetValueOrDefault(name, "unknown");
    }

    private static IEnumerable<Dependency> Locked()
    {
        foreach (var path in Directory.GetFiles(Repository.Root, "package-lock.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }))
        {
            var root = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
            var isConsole = Path.GetRelativePath(Repository.Root, path) == Path.Combine("Client.Api", "Console", "package-lock.json");
            foreach (var package in root.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0))
            {
                var isDevelopment = !isConsole || package.Value.TryGetProperty("dev", out _) || package.Value.TryGetProperty("devOptional", out _);
                yield return new Dependency(
                    isDevelopment ? Dependency.BuildingPages : Dependency.ShippedPages,
                    package.Name[(package.Name.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..],
                    package.Value.GetProperty("version").GetString()!,
                    package.Value.TryGetProperty("license", out var licence) ? licence.GetString()! : "unknown");
            }
        }
    }

    private static IEnumerable<Dependency> Engine()
    {
        var central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        var orleans = central.Descendants("OrleansVersion").Single().Value;
        return central.Descendants("ItemGroup").Single(group => group.Attribute("Label")?.Value == "The Orleans engine").Elements().Select(package =>
        {
            var name = package.Attribute("Include")!.Value;
            var licence = name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal) ? "MIT" : _engine.GetValueOrDefault(name, "unknown");
            return new Dependency(Dependency.OrleansEngine, name, package.Attribute("Version")!.Value.Replace("$(OrleansVersion)", orleans, StringComparison.Ordinal), licence);
        });
    }
}
