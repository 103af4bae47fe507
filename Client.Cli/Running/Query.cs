namespace DlqCluster.Cli.Running;

/// <summary>Puts paths together: every part is escaped, and what is null is left out.</summary>
internal static class Query
{
    /// <summary>A path with its parts, each escaped: <c>Path("api/dlq", id, "replay")</c>.</summary>
    /// <param name="root">The fixed beginning.</param>
    /// <param name="parts">The rest.</param>
    public static string Path(string root, params string[] parts) => string.Join('/', [root, .. parts.Select(Uri.EscapeDataString)]);

    /// <summary>Adds a query to a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="parameters">Names and values; those without a value are left out.</param>
    public static string With(string path, params IEnumerable<(string Name, string? Value)> parameters)
    {
        var query = string.Join('&', parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}
