using System.Formats.Tar;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Hosting;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Apis;

/// <summary>A copy of all data at one moment, while the service works.</summary>
internal static class BackupApi
{
    private const string Tar = "application/x-tar";
    private const string Manifest = "manifest.json";
    private const string End = "end.json";
    private const string BytesHeader = "X-Backup-Bytes";
    private const string KeysParameter = "keys";
    // 2: may have the keys between the database and the payloads.
    private const int Format = 2;

    private static readonly ApiProblem _underWay = Problem.Conflict("backup-under-way", "Another backup is being taken. Wait for its end.");

    private static readonly ApiProblem _elsewhere = new(501, "backup-elsewhere", "This service keeps its data elsewhere.",
        "It has no data directory of its own to copy. Back up its Redis and its MongoDB with their own tools.");

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/backup", BackUpAsync).WithTags("Administration").Audited("data.backup")
            .Describe("TakeBackup", "Copies all data while the service works.", 400, 503)
            .Details("""
                A tar archive: manifest.json (format, takenAt, version, schemaVersion, and of each file its name, bytes and sha256), then dlq.db, an SQLite database that was
                opened and checked, then the keys that open the secrets of downstreams, if they lie in the data directory, then the payloads that are kept as files, and end.json with the number and
                checksum of both. All that was acknowledged before the request is in it. The header X-Backup-Bytes is the database's size. `dlq restore` puts it in place.
                """)
            .Takes(Input.Flag(KeysParameter, "Whether the keys that open stored secrets are in it too. The manifest says what became of it.", otherwise: true))
            .AnswersText(200, Tar, "manifest.json, dlq.db, keys/…, payloads/…, end.json").Refuses(_underWay, _elsewhere);

    private static async Task<Results<EmptyHttpResult, ApiProblem>> BackUpAsync(HttpContext http, TimeProvider time)
    {
        var query = new QueryReader(http.Request.Query);
        var wantsKeys = query.Flag(KeysParameter) ?? true;
        if (query.Finish() is { } problem) return problem;
        if (http.RequestServices.GetService<IDataSnapshots>() is not { } snapshots) return _elsewhere;
        using var snapshot = await snapshots.TakeAsync(http.RequestAborted);
        if (snapshot is null) return _underWay;
        var ring = http.RequestServices.GetRequiredService<KeyRing>();
        var keys = ring.Describe(wantsKeys);
        AuditScope.Of(http).Detail = string.Create(CultureInfo.InvariantCulture, $"{snapshot.Bytes} bytes, SHA-256 {snapshot.Sha256}, keys {keys}");
        http.Response.ContentType = Tar;
        http.Response.Headers[BytesHeader] = snapshot.Bytes.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"dlq-{snapshot.TakenAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.backup\"");
        var version = typeof(BackupApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        var needing = KeyRing.Needing(http.RequestServices.GetRequiredService<IDownstreamDirectory>().Current);
        var file = new BackupFile(snapshot.Name, snapshot.Bytes, snapshot.Sha256);
        var manifest = new BackupManifest(Format, snapshot.TakenAt, version, snapshot.SchemaVersion, keys, needing, [file]);
        var beside = keys is BackupKeys.Included or BackupKeys.Encrypted ? ring.Files().Concat(snapshot.Payloads) : snapshot.Payloads;
        await WriteAsync(manifest, snapshot.Path, beside, http.Response.Body, time.GetUtcNow(), http.RequestAborted);
        return TypedResults.Empty;
    }

    private static async Task WriteAsync(
        BackupManifest manifest, string database, IEnumerable<SnapshotFile> beside, Stream to, DateTimeOffset now, CancellationToken cancel)
    {
        await using var tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        await PutAsync(tar, Manifest, JsonSerializer.SerializeToUtf8Bytes(manifest, ApiJson.Context.BackupManifest), now, cancel);
        await using (var data = File.OpenRead(database)) await tar.WriteEntryAsync(Entry(manifest.Files[0].Name, data, now), cancel);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = 0L;
        foreach (var file in beside)
        {
            // One at a time; each payload was in memory as a message before.
            var content = await File.ReadAllBytesAsync(file.Path, cancel);
            hash.AppendData(Encoding.UTF8.GetBytes(file.Name));
            hash.AppendData(content);
            files++;
            await PutAsync(tar, file.Name, content, now, cancel);
        }

        var end = new BackupEnd(files, Convert.ToHexStringLower(hash.GetHashAndReset()));
        await PutAsync(tar, End, JsonSerializer.SerializeToUtf8Bytes(end, ApiJson.Context.BackupEnd), now, cancel);
    }

    private static async Task PutAsync(TarWriter tar, string name, byte[] content, DateTimeOffset now, CancellationToken cancel)
    {
        using var data = new MemoryStream(content);
        await tar.WriteEntryAsync(Entry(name, data, now), cancel);
    }

    private static PaxTarEntry Entry(string name, Stream data, DateTimeOffset now) => new(TarEntryType.RegularFile, name) { DataStream = data, ModificationTime = now };
}
