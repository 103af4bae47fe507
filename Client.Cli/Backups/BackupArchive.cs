using System.Buffers.Binary;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Backups;

/// <summary>What a backup says of itself.</summary>
/// <param name="SchemaVersion">The version of its tables.</param>
/// <param name="Keys">Whether it has the keys that open the secrets in it; null when it is older than that question, and has not.</param>
/// <param name="Sealed">The downstreams that cannot be used without those.</param>
/// <param name="Files">Its files.</param>
/// <param name="Json">As it was written.</param>
internal sealed record BackupManifest(int SchemaVersion, string? Keys, IReadOnlyList<string> Sealed, IReadOnlyList<BackupFile> Files, string Json);

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256, in hexadecimal digits.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>Reads backups: tar archives that begin with a manifest.</summary>
internal static partial class BackupArchive
{
    private const string Manifest = "manifest.json";
    private const string End = "end.json";
    private const string Database = "dlq.db";
    private const int OldestFormat = 1;
    private const int NewestFormat = 2;
    private const int MaxManifestBytes = 1 << 20;
    private const int MaxPayloadBytes = 256 << 20;
    private const int Chunk = 256 * 1024;

    // What an SQLite file begins with, and where in it the number stands that says whose it is.
    private static readonly byte[] _magic = [.. "SQLite format 3\0"u8];
    private const int HeaderBytes = 100;
    private const int SchemaVersionAt = 60;
    private const int ApplicationAt = 68;
    private const int OurApplication = 0x444C5143;

    /// <summary>Reads a backup through, and compares it with its manifest.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="CommandFailure">It is damaged, cut short, or no backup.</exception>
    public static Task<BackupManifest> CheckAsync(string path, CancellationToken cancel) => ReadAsync(path, static _ => Stream.Null, cancel);

    /// <summary>Reads a backup, and writes its files while it compares them with its manifest.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="open">Where each goes.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="CommandFailure">It is damaged, cut short, or no backup.</exception>
    public static async Task<BackupManifest> ReadAsync(string path, Func<string, Stream> open, CancellationToken cancel)
    {
        try
        {
            await using var file = File.OpenRead(path);
            await using var tar = new TarReader(file);
            var manifest = await ReadManifestAsync(tar, cancel);
            foreach (var expected in manifest.Files)
            {
                var entry = await tar.GetNextEntryAsync(copyData: false, cancel);
                if (entry?.Name != expected.Name || entry.DataStream is not { } data) throw Damaged(path, $"{expected.Name} is missing");
                await using var to = open(expected.Name);
                await CopyAsync(path, data, to, expected, manifest.SchemaVersion, cancel);
            }

            await CopyRestAsync(path, tar, open, cancel);
            return manifest;
        }
        catch (Exception error) when (error is IOException or JsonException or FormatException or InvalidOperationException or KeyNotFoundException or UnauthorizedAccessException)
        {
            throw Damaged(path, error.Message);
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(TarReader tar, CancellationToken cancel)
    {
        var entry = await tar.GetNextEntryAsync(copyData: false, cancel);
        if (entry is not { Name: Manifest, DataStream: { } data, Length: <= MaxManifestBytes }) throw new FormatException("it does not begin with a manifest");
        using var text = new StreamReader(data, leaveOpen: true);
        var json = await text.ReadToEndAsync(cancel);
        using var parsed = JsonDocument.Parse(json);
        var root = parsed.RootElement;
        var format = root.GetProperty("format").GetInt32();
        if (format is < OldestFormat or > NewestFormat) throw new FormatException($"it is of format {format}, and this program knows {OldestFormat} to {NewestFormat}: use a newer one");
        var files = root.GetProperty("files").EnumerateArray()
            .Select(file => new BackupFile(file.GetProperty("name").GetString()!, file.GetProperty("bytes").GetInt64(), file.GetProperty("sha256").GetString()!)).ToArray();
        // Names lead nowhere but to where they belong.
        if (files.Length != 1 || files[0].Name != Database) throw new FormatException("its manifest names other files than a backup has");
        if (format == OldestFormat) return new BackupManifest(root.GetProperty("schemaVersion").GetInt32(), null, [], files, json);
        var needing = root.GetProperty("sealed").EnumerateArray().Select(static name => name.GetString()!).ToArray();
        return new BackupManifest(root.GetProperty("schemaVersion").GetInt32(), root.GetProperty("keys").GetString(), needing, files, json);
    }

    private static async Task CopyAsync(string path, Stream from, Stream to, BackupFile expected, int schemaVersion, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Chunk];
        var length = 0L;
        int read;
        while ((read = await from.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel)) > 0)
        {
            if (length == 0 && !IsOurs(buffer.AsSpan(0, read), schemaVersion)) throw Damaged(path, $"{expected.Name} is not this product's database");
            hash.AppendData(buffer, 0, read);
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            length += read;
        }

        if (length != expected.Bytes || !Convert.ToHexStringLower(hash.GetHashAndReset()).Equals(expected.Sha256, StringComparison.OrdinalIgnoreCase))
            throw Damaged(path, $"{expected.Name} is not what the manifest says");
        if (to is FileStream file) file.Flush(flushToDisk: true);
    }

    private static async Task CopyRestAsync(string path, TarReader tar, Func<string, Stream> open, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = 0L;
        while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            var content = await ReadAsync(entry, cancel);
            if (entry.Name == End)
            {
                using var end = JsonDocument.Parse(content);
                var sum = end.RootElement.GetProperty("sha256").GetString();
                if (end.RootElement.GetProperty("files").GetInt64() == files && Convert.ToHexStringLower(hash.GetHashAndReset()) == sum) return;
                throw Damaged(path, "its keys and payloads are not what its end says");
            }

            if (!RestName().IsMatch(entry.Name)) throw Damaged(path, $"'{entry.Name}' does not belong in a backup");
            hash.AppendData(Encoding.UTF8.GetBytes(entry.Name));
            hash.AppendData(content);
            files++;
            await using var to = open(entry.Name);
            await to.WriteAsync(content, cancel);
            if (to is FileStream file) file.Flush(flushToDisk: true);
        }

        throw Damaged(path, "it is cut short");
    }

    private static async Task<byte[]> ReadAsync(TarEntry entry, CancellationToken cancel)
    {
        if (entry.Length > MaxPayloadBytes) throw new FormatException($"'{entry.Name}' is too large");
        using var content = new MemoryStream();
        if (entry.DataStream is { } data) await data.CopyToAsync(content, cancel);
        return content.ToArray();
    }

    [GeneratedRegex(@"^(payloads/[0-9a-f]{2}/[A-Za-z0-9][A-Za-z0-9.-]{0,200}|keys/[A-Za-z0-9-]{1,200}\.xml)\z", RegexOptions.CultureInvariant)]
    private static partial Regex RestName();

    private static bool IsOurs(ReadOnlySpan<byte> beginning, int schemaVersion) =>
        beginning.Length >= HeaderBytes && beginning.StartsWith(_magic)
        && BinaryPrimitives.ReadInt32BigEndian(beginning[ApplicationAt..]) == OurApplication
        && BinaryPrimitives.ReadInt32BigEndian(beginning[SchemaVersionAt..]) == schemaVersion;

    private static CommandFailure Damaged(string path, string why) => new(ExitCode.Failed, $"{path} cannot be used as a backup: {why}.");
}
