using System.Text.Json.Serialization;

namespace DlqCluster.Api.Json;

/// <summary>Whether a backup has the keys that open the secrets in it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BackupKeys>))]
internal enum BackupKeys
{
    /// <summary>It has: whoever has the backup can read them.</summary>
    [JsonStringEnumMemberName("included")] Included,

    /// <summary>It has, and they open only with the certificate of <c>Security:KeyRingCertificate</c>.</summary>
    [JsonStringEnumMemberName("encrypted")] Encrypted,

    /// <summary>It was asked for without.</summary>
    [JsonStringEnumMemberName("leftOut")] LeftOut,

    /// <summary>They lie in <c>Security:KeyRingDirectory</c>, outside the data.</summary>
    [JsonStringEnumMemberName("elsewhere")] Elsewhere,
}

/// <summary>What a backup has in it, so that it can be checked before it is trusted.</summary>
/// <param name="Format">How the archive is laid out.</param>
/// <param name="TakenAt">The moment that it shows.</param>
/// <param name="Version">The program that took it.</param>
/// <param name="SchemaVersion">The version of the tables.</param>
/// <param name="Keys">Whether the keys that open stored secrets are in it.</param>
/// <param name="Sealed">The downstreams that cannot be used without those.</param>
/// <param name="Files">The files that follow.</param>
internal sealed record BackupManifest(
    int Format, DateTimeOffset TakenAt, string Version, int SchemaVersion, BackupKeys Keys, IReadOnlyList<string> Sealed, IReadOnlyList<BackupFile> Files);

/// <summary>A file in a backup.</summary>
/// <param name="Name">Its name in the data directory.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256, in hexadecimal digits.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>What a backup ends with: the keys and payloads that stand before it.</summary>
/// <param name="Files">How many there are.</param>
/// <param name="Sha256">The SHA-256 of their names and contents in order, in hexadecimal digits.</param>
internal sealed record BackupEnd(long Files, string Sha256);
