namespace DlqCluster.Simulation.Bugs;

/// <summary>All deliberate mistakes.</summary>
internal static class Bugs
{
    /// <summary>One of each.</summary>
    public static IReadOnlyList<Type> All { get; } =
    [
        .. typeof(Bugs).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(Bug)) && !type.IsAbstract).OrderBy(static type => type.Name, StringComparer.Ordinal),
    ];

    /// <summary>One by its name.</summary>
    public static Bug Named(string name) => (Bug)Activator.CreateInstance(
        All.SingleOrDefault(type => type.Name == name) ?? throw new ArgumentException($"There is no bug {name}; there are {string.Join(", ", All.Select(static type => type.Name))}."))!;
}
