namespace DlqCluster.Storage;

/// <summary>Copies a store as it is at one moment, while it works.</summary>
public interface IDataSnapshots
{
    /// <summary>
    /// Takes a copy. Everything that was acknowledged before this was called is in it; it has been opened and checked before it is returned.
    /// </summary>
    /// <param name="cancellationToken">Gives up before the copy has begun.</param>
    /// <returns>The copy, which goes when it is disposed; null when another one is being taken or read.</returns>
    /// <exception cref="StorageUnavailableException">It cannot be made: the disk is full, or the store is damaged or closed.</exception>
    Task<DataSnapshot?> TakeAsync(CancellationToken cancellationToken = default);
}

/// <summary>A copy of a store: one file that is deleted when this is disposed.</summary>
/// <param name="path">The file.</param>
/// <param name="release">What else to do when it goes.</param>
public sealed class DataSnapshot(string path, Action release) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>What it is called in the data directory.</summary>
    public required string Name { get; init; }

    /// <summary>When it was taken.</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>The version of the tables in it.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its SHA-256, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The payloads that lie beside it; none of them goes before this does.</summary>
    public required IEnumerable<SnapshotFile> Payloads { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            File.Delete(path);
        }
        finally
        {
            release();
        }
    }
}

/// <summary>A file that belongs to a snapshot.</summary>
/// <param name="Name">Its name in the data directory.</param>
/// <param name="Path">Where it is.</param>
public sealed record SnapshotFile(string Name, string Path);
