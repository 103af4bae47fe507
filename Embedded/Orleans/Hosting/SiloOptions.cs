namespace Orleans.Configuration;

/// <summary>Which silo this is.</summary>
public class SiloOptions
{
    /// <summary>Its name, unique in the cluster. Default: <c>Silo</c>.</summary>
    public string SiloName { get; set; } = "Silo";
}

/// <summary>Which cluster this is.</summary>
public class ClusterOptions
{
    /// <summary>The name of the cluster. Default: <c>default</c>.</summary>
    public string ClusterId { get; set; } = "default";

    /// <summary>The name of the service, which outlives the cluster. Default: <c>default</c>.</summary>
    public string ServiceId { get; set; } = "default";
}
