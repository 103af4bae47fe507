namespace DlqCluster.Api.Json;

/// <summary>What a backup has in it, so that it can be checked before it is trusted.</summary>
/// <param name="Format">How the archive is laid out.</param>
/// <param name="TakenAt">The moment that it shows.</param>
/// <param name="Version">The program that took it.</param>
/// <param name="SchemaVersion">The version of the tables.</param>
/// <param name="Files">The files that follow.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset TakenAt, string Version, int SchemaVersion, IReadOnlyList<BackupFile> Files);

/// <summary>A file in a backup.</summary>
/// <param name="Name">Its name in the data directory.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256, in hexadecimal digits.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>What a backup ends with: the payloads that stand before it.</summary>
/// <param name="Files">How many there are.</param>
/// <param name="Sha256">The SHA-256 of their names and contents in order, in hexadecimal digits.</param>
internal sealed record BackupEnd(long Files, string Sha256);
