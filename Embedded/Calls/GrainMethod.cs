namespace DlqCluster.Embedded;

/// <summary>What the attributes of a grain's method say.</summary>
[Flags]
public enum GrainMethodFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It runs at once, whatever else is running.</summary>
    AlwaysInterleave = 1,

    /// <summary>It changes nothing.</summary>
    ReadOnly = 2,

    /// <summary>Nobody waits for it.</summary>
    OneWay = 4,
}

/// <summary>A method of a grain interface. The generator makes one for each.</summary>
/// <param name="interfaceName">The interface's name.</param>
/// <param name="name">The method's name.</param>
/// <param name="flags">What its attributes say.</param>
public sealed class GrainMethod(string interfaceName, string name, GrainMethodFlags flags)
{
    /// <summary>The interface's name.</summary>
    public string InterfaceName { get; } = interfaceName;

    /// <summary>The method's name.</summary>
    public string Name { get; } = name;

    /// <summary>What its attributes say.</summary>
    public GrainMethodFlags Flags { get; } = flags;

    internal bool IsAlwaysInterleave => (Flags & GrainMethodFlags.AlwaysInterleave) != 0;

    internal bool IsReadOnly => (Flags & GrainMethodFlags.ReadOnly) != 0;

    internal bool IsOneWay => (Flags & GrainMethodFlags.OneWay) != 0;

    /// <summary>Interface and method.</summary>
    public override string ToString() => $"{InterfaceName}.{Name}";
}
