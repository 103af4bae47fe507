using System.Reflection;

namespace DlqCluster.Embedded;

/// <summary>What of the embedded engine can be set that Orleans has no setting for.</summary>
public sealed class EmbeddedOptions
{
    /// <summary>
    /// How long stopping may take in all. What has not finished by then is abandoned and named in the log. Default: 15 s.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How many activations are deactivated at a time when stopping. Default: 256.</summary>
    public int ShutdownConcurrency { get; set; } = 256;

    /// <summary>
    /// The assemblies that have grains; with those that they are built on. Empty, which is the default, stands for all assemblies that the
    /// program has loaded.
    /// </summary>
    public IList<Assembly> GrainAssemblies { get; } = [];
}
