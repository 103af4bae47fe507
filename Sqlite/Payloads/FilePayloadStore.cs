using DlqCluster.Payloads;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Storage;
using Microsoft.Extensions.Options;

namespace DlqCluster.Sqlite.Payloads;

/// <summary>
/// Payloads as files in the data directory. A payload is written and flushed under another name, then moved to its own, and the directory is
/// flushed: so at any moment it is there whole or not at all. Few threads write, each for its own directories, and payloads that wait for
/// the same one share its flush.
/// </summary>
public sealed class FilePayloadStore : IPayloadStore, IStoreHealth, IDisposable
{
    /// <summary>The directory of the payloads in the data directory.</summary>
    internal const string Folder = "payloads";

    private static readonly TimeSpan _othersMayWrite = TimeSpan.FromHours(1);

    private readonly SqliteStore _store;
    private readonly SqliteOptions _options;
    private readonly PayloadFiles _files;
    private readonly PayloadTrouble _trouble;
    private readonly Lock _lifetime = new();
    private Pump<Write>[]? _writers;
    private bool _closed;

    /// <summary>Makes a store. Nothing is opened yet.</summary>
    /// <param name="store">The database beside it, whose data directory and lock it shares.</param>
    /// <param name="options">How.</param>
    public FilePayloadStore(SqliteStore store, IOptions<SqliteOptions> options)
    {
        _store = store;
        _options = options.Value;
        _files = new PayloadFiles(Path.Combine(store.DataDirectory, Folder));
        _trouble = new PayloadTrouble(_files);
        store.Closing += Dispose;
    }

    /// <inheritdoc/>
    public string Name => "payloads";

    /// <inheritdoc/>
    /// <remarks>What is small, most of all messages, goes on without it.</remarks>
    public bool IsVital => false;

    /// <inheritdoc/>
    // A write that fails may take its time: not on the caller's.
    public Task<string?> CheckAsync(CancellationToken cancellationToken = default) => Task.Run(_trouble.Try, cancellationToken);

    /// <inheritdoc/>
    public Task PutAsync(PayloadClaim claim, ReadOnlyMemory<byte> content)
    {
        try
        {
            var bucket = PayloadFiles.BucketOf(claim.Key);
            var writers = Writers();
            var write = new Write(claim.Key, content, bucket);
            return writers[bucket % writers.Length].Post(write) switch
            {
                Posted.Accepted => write.Done.Task,
                Posted.Full => Task.FromException(new StorageUnavailableException(
                    $"{_options.MaxPayloadQueue} payloads are waiting for the disk that holds '{_store.DataDirectory}' already (Storage:MaxPayloadQueue): it is too slow for this load.")),
                _ => Task.FromException(Stopped()),
            };
        }
        catch (Exception error) when (IsOfTheDisk(error) || error is StorageUnavailableException)
        {
            return Task.FromException(ToUnavailable(error));
        }
    }

    /// <inheritdoc/>
    public Task<PayloadReading> GetAsync(PayloadClaim claim) => Do(() => PayloadReading.Of(claim, Read(_files.PathOf(claim.Key))));

    /// <inheritdoc/>
    /// <remarks>
    /// Not flushed: a payload that a power cut brings back is found to belong to no message. Nor is one removed that a copy of the data may need:
    /// it is found the same way.
    /// </remarks>
    public Task RemoveAsync(string key) => Do(() =>
    {
        if (!_store.IsBeingCopied) File.Delete(_files.PathOf(key));
        return true;
    });

    /// <inheritdoc/>
    public Task<PayloadPage> ListAsync(string? after, DateTimeOffset writtenBefore, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // A walk over directories may take its time: not on the caller's.
        return Task.Run(() => Do(() => List(after, writtenBefore.UtcDateTime, limit)));
    }

    /// <summary>Ends the writing of what waits. The store cannot be used afterwards.</summary>
    public void Dispose()
    {
        _store.Closing -= Dispose;
        Pump<Write>[]? writers;
        lock (_lifetime)
        {
            _closed = true;
            (writers, _writers) = (_writers, null);
        }

        foreach (var writer in writers ?? []) writer.Stop();
    }

    private PayloadPage List(string? after, DateTime writtenBefore, int limit)
    {
        var keys = new List<string>();
        var seen = 0;
        for (var bucket = after is null ? 0 : PayloadFiles.BucketOf(after); bucket < PayloadFiles.Buckets; bucket++)
        {
            var files = new DirectoryInfo(_files.DirectoryOf(bucket)).EnumerateFiles()
                .Where(file => after is null || string.CompareOrdinal(file.Name, after) > 0)
                .OrderBy(static file => file.Name, StringComparer.Ordinal);
            foreach (var file in files)
            {
                if (file.LastWriteTimeUtc < writtenBefore) keys.Add(file.Name);
                if (++seen == limit) return new PayloadPage(keys, file.Name);
            }

            after = null;
        }

        return new PayloadPage(keys, null);
    }

    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes all, moves all to their names, and flushes each directory once.</summary>
    private void Handle(ArraySegment<Write> batch)
    {
        foreach (var write in batch) Try(write, () => write.Path = _files.Write(write.Key, write.Content));
        foreach (var write in batch)
        {
            if (write.Error is not null) continue;
            Try(write, () => File.Move(write.Path!, _files.PathOf(write.Key), overwrite: true));
            if (write.Error is not null) PayloadFiles.Forget(write.Path!);
        }

        foreach (var group in batch.Where(static write => write.Error is null).GroupBy(static write => write.Bucket))
        {
            var writes = group.ToList();
            Try(writes[0], () => DirectoryFlush.Flush(_files.DirectoryOf(group.Key)));
            foreach (var write in writes) write.Error = writes[0].Error;
        }

        foreach (var write in batch)
        {
            var problem = write.Error is null ? null : ToUnavailable(write.Error);
            _trouble.Note(write.Content.Length, problem?.Message);
            if (problem is null) write.Done.SetResult();
            else write.Done.SetException(problem);
        }
    }

    private static void Try(Write write, Action act)
    {
        try
        {
            act();
        }
        catch (Exception error)
        {
            write.Error = error;
        }
    }

    private Pump<Write>[] Writers()
    {
        if (Volatile.Read(ref _writers) is { } open) return open;
        // Whoever holds the directory's lock is alone in it.
        _store.Open();
        lock (_lifetime)
        {
            if (_closed) throw Stopped();
            if (_writers is not null) return _writers;
            _files.Prepare(_options.Shared ? (_store.Clock.GetUtcNow() - _othersMayWrite).UtcDateTime : DateTime.MaxValue);
            return _writers = [.. Enumerable.Range(0, _options.PayloadWriters).Select(index =>
                new Pump<Write>($"payload writer {index}", _options.MaxPayloadQueue, _options.MaxBatch, ThreadPriority.Normal, Handle))];
        }
    }

    private Task<TResult> Do<TResult>(Func<TResult> act)
    {
        try
        {
            Writers();
            return Task.FromResult(act());
        }
        catch (Exception error) when (IsOfTheDisk(error) || error is StorageUnavailableException)
        {
            return Task.FromException<TResult>(ToUnavailable(error));
        }
    }

    private static bool IsOfTheDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    private StorageUnavailableException ToUnavailable(Exception error) => error as StorageUnavailableException ?? DiskFault.ToUnavailable(error, _store.DataDirectory);

    private static StorageUnavailableException Stopped() => new("The store of payloads is closed: the service is stopping.");

    private sealed class Write(string key, ReadOnlyMemory<byte> content, int bucket)
    {
        public string Key => key;

        public ReadOnlyMemory<byte> Content => content;

        public int Bucket => bucket;

        public string? Path { get; set; }

        public Exception? Error { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
