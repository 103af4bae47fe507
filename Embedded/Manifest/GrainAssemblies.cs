using System.Reflection;
using Orleans;

namespace DlqCluster.Embedded;

/// <summary>Finds the assemblies that have grains.</summary>
internal static class GrainAssemblies
{
    /// <summary>Those that are named, or else all that the program consists of; then those that they name as their parts.</summary>
    /// <param name="named">The assemblies that were named.</param>
    public static IEnumerable<Assembly> Find(IReadOnlyCollection<Assembly> named)
    {
        var start = named.Count > 0 ? named : AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic);
        var found = new SortedDictionary<string, Assembly>(StringComparer.Ordinal);
        var pending = new Stack<Assembly>(start.Append(typeof(GrainAssemblies).Assembly));
        while (pending.TryPop(out var assembly))
        {
            if (!assembly.IsDefined(typeof(GrainManifestAttribute)) && !assembly.IsDefined(typeof(ApplicationPartAttribute))) continue;
            if (!found.TryAdd(assembly.FullName!, assembly)) continue;
            foreach (var part in assembly.GetCustomAttributes<ApplicationPartAttribute>())
                pending.Push(Assembly.Load(new AssemblyName(part.AssemblyName)));
        }

        return found.Values;
    }

    /// <summary>The manifests of some assemblies.</summary>
    /// <param name="assemblies">The assemblies.</param>
    public static List<GrainManifest> Manifests(IEnumerable<Assembly> assemblies) =>
    [
        .. from assembly in assemblies
           let attribute = assembly.GetCustomAttribute<GrainManifestAttribute>()
           where attribute is not null
           select (GrainManifest)Activator.CreateInstance(attribute.Manifest, nonPublic: true)!,
    ];
}
