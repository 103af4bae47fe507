using DlqCluster.Api.Json;
using DlqCluster.Downstreams;
using DlqCluster.Storage;

namespace DlqCluster.Api.Security;

/// <summary>The files of the key ring, for a backup: without them a restored service cannot open the secrets of its downstreams.</summary>
/// <param name="directory">Where they are.</param>
/// <param name="belongsToData">Whether that is the data directory; a place of its own was chosen so that the keys do not lie where the data does.</param>
/// <param name="isEncrypted">Whether they open only with a certificate.</param>
internal sealed class KeyRing(string directory, bool belongsToData, bool isEncrypted)
{
    /// <summary>Its directory in the data directory.</summary>
    public const string Folder = "keys";

    // The manifest stays small, however many there are.
    private const int MostNamed = 1_000;

    /// <summary>Whether a backup has it.</summary>
    /// <param name="isWanted">Whether it is to have it.</param>
    public BackupKeys Describe(bool isWanted) => (belongsToData, isWanted, isEncrypted) switch
    {
        (false, _, _) => BackupKeys.Elsewhere,
        (_, false, _) => BackupKeys.LeftOut,
        (_, _, true) => BackupKeys.Encrypted,
        _ => BackupKeys.Included,
    };

    /// <summary>Its files. Those that a snapshot needs are there once it is taken: keys come before what is sealed with them, and none goes.</summary>
    public IEnumerable<SnapshotFile> Files() => !Directory.Exists(directory) ? [] :
        Directory.EnumerateFiles(directory, "*.xml").Order(StringComparer.Ordinal).Select(static path => new SnapshotFile($"{Folder}/{Path.GetFileName(path)}", path));

    /// <summary>The downstreams that have something sealed with it, the first thousand of them.</summary>
    /// <param name="catalog">All downstreams.</param>
    public static string[] Needing(DownstreamCatalog catalog) =>
    [
        .. catalog.Entries.Values.Where(static entry => !entry.FromConfiguration && (entry.IsLocked || HasSecrets(entry.Definition)))
            .Select(static entry => entry.Definition.Name).Order(StringComparer.Ordinal).Take(MostNamed),
    ];

    private static bool HasSecrets(Downstream downstream) =>
        downstream.SigningSecrets.Count > 0 || downstream.Headers.Count > 0 || downstream.ClientCertificate is not null;
}
