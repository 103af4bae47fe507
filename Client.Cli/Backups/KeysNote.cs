namespace DlqCluster.Cli.Backups;

/// <summary>What people need to know about the keys that open the secrets in a backup.</summary>
internal static class KeysNote
{
    private const string Included = "included";
    private const string Encrypted = "encrypted";
    private const int MostNamed = 20;

    /// <summary>After a backup was taken; null when there is nothing to say.</summary>
    /// <param name="backup">The backup.</param>
    public static string? Taken(BackupManifest backup) => backup.Keys switch
    {
        Included => backup.Sealed.Count == 0 ? null : "The keys that open the secrets of downstreams are in it: keep it as you keep those secrets, or say --without-keys.",
        Encrypted => "The keys that open the secrets of downstreams are in it. They open only with the certificate of Security:KeyRingCertificate: keep that too, in another place.",
        _ => Missing(backup) is { } missing ? $"{missing} Copy them too, to another place." : null,
    };

    /// <summary>After it was restored; null when there is nothing to say.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="directory">The data directory.</param>
    public static string? Restored(BackupManifest backup, string directory) => backup.Keys switch
    {
        Included => null,
        Encrypted => "The keys that open the secrets of downstreams open only with the certificate of Security:KeyRingCertificate, which the service must have.",
        _ => Missing(backup) is not { } missing ? null : $"""
            {missing} Before the start, put the key ring into {Path.Combine(directory, "keys")}, or name its place as Security:KeyRingDirectory.
            If it is lost, start the service with Delivery:HoldUnreadable=true: it sends these downstreams nothing until each has been defined anew, with its secrets (dlq downstream set).
            """,
    };

    private static string? Missing(BackupManifest backup) => backup switch
    {
        { Keys: null } => "Not in it: the keys that open the secrets of downstreams, if there are any.",
        { Sealed.Count: 0 } => null,
        _ => $"Not in it: the keys that open the secrets of {string.Join(", ", backup.Sealed.Take(MostNamed))}{(backup.Sealed.Count > MostNamed ? " and others" : "")}.",
    };
}
