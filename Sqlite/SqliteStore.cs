using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DlqCluster.Sqlite;

/// <summary>
/// The database that all SQLite stores share: one file, one writer that commits in groups, a few readers. It opens before any other service
/// of the host starts (or at its first use, if that is earlier) and closes after all have stopped. A write that is acknowledged is on disk.
/// </summary>
public sealed partial class SqliteStore : IStoreHealth, IStoreCache, IHostedLifecycleService, IDisposable
{
    /// <summary>The database's name in the data directory.</summary>
    internal const string DatabaseFile = "dlq.db";

    private static readonly Sql _touch = new(
        "INSERT INTO health (id, checked_ms) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET checked_ms = excluded.checked_ms");

    private readonly SqliteOptions _options;
    private readonly ILogger<SqliteStore> _logger;
    private readonly TimeProvider _clock;
    private readonly Lock _lifetime = new();
    private volatile OpenStore? _open;
    private volatile bool _copied;
    private bool _closed;
    private long _lastVersion;

    /// <summary>Makes a store. Nothing is opened yet.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="logger">The log; null for none.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public SqliteStore(IOptions<SqliteOptions> options, ILogger<SqliteStore>? logger = null, TimeProvider? clock = null)
    {
        _options = options.Value;
        _logger = logger ?? NullLogger<SqliteStore>.Instance;
        _clock = clock ?? TimeProvider.System;
        DataDirectory = Path.GetFullPath(_options.DataDirectory);
    }

    /// <inheritdoc/>
    public string Name => "sqlite";

    /// <summary>The data directory, as a full path.</summary>
    public string DataDirectory { get; }

    /// <summary>How the writer is doing, without trying it.</summary>
    public SqliteStoreHealth Health => _open?.Writer.Health ?? new SqliteStoreHealth();

    /// <summary>It is about to close: the last moment to queue writes.</summary>
    internal event Action? Closing;

    /// <summary>How long to wait for locks of others, in milliseconds.</summary>
    internal int BusyTimeoutMs => _options.BusyTimeoutMs;

    /// <summary>Whether the data is being copied. Until that has ended no payload goes: the copy may still need it, and who is late removes it.</summary>
    internal bool IsBeingCopied
    {
        get => _copied;
        set => _copied = value;
    }

    /// <summary>The messages. The store opens at its first use.</summary>
    /// <exception cref="StorageUnavailableException">It cannot be opened, or is closed.</exception>
    internal MessageTable Messages => EnsureOpen().Messages;

    /// <summary>What is known of the ids of messages. The store opens at its first use.</summary>
    internal KnownIds KnownIds => EnsureOpen().KnownIds;

    /// <summary>The clock.</summary>
    internal TimeProvider Clock => _clock;

    /// <summary>Opens the store, unless it is open.</summary>
    /// <exception cref="StorageUnavailableException">
    /// The directory cannot be made or written, another process has it, or the database is newer than this program or damaged.
    /// </exception>
    public void Open() => EnsureOpen();

    /// <summary>Commits what waits, copies the log into the database, and closes it. A closed store cannot be opened again.</summary>
    public void Dispose()
    {
        lock (_lifetime)
        {
            if (_open is not null) Closing?.Invoke();
            _closed = true;
            if (_open is not { } open) return;
            _open = null;
            open.Dispose();
            LogClosed(_logger, DataDirectory);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Writes a row and makes it durable, so a full or failing disk shows.</remarks>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
            await WriteAsync(now, static (db, ms) => db.Use(_touch).Bind(1, ms).Run()).WaitAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (StorageUnavailableException error)
        {
            return error.Message;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The writer's pages, which are most: after a burst it has its whole share of <see cref="SqliteOptions.CacheMb"/>.</remarks>
    public async Task<long> DropAsync()
    {
        try
        {
            return await WriteAsync(0, static (db, _) => (long)db.DropCache()).ConfigureAwait(false);
        }
        catch (StorageUnavailableException)
        {
            return 0;
        }
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken)
    {
        Open();
        return Task.CompletedTask;
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Queues a write of one statement. Its task ends when it is durable.</summary>
    internal Task<TResult> WriteAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body) =>
        WriteAsync(args, body, compound: false);

    /// <summary>Queues a write of several statements, all or none of which happen.</summary>
    internal Task<TResult> WriteTogetherAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body) =>
        WriteAsync(args, body, compound: true);

    /// <summary>Queues the write of a message's state. Its task ends when it is durable.</summary>
    internal Task WriteAsync<T>(MessageWrite<T> write)
    {
        Post(write);
        return write.Task;
    }

    /// <summary>A short read, on this thread. The task has ended when this returns.</summary>
    internal Task<TResult> ReadAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body)
    {
        try
        {
            return Task.FromResult(EnsureOpen().Readers.Read(args, body));
        }
        catch (Exception error)
        {
            return Task.FromException<TResult>(error);
        }
    }

    /// <summary>A count or a search, on the thread for those.</summary>
    internal Task<TResult> ReadSlowlyAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body)
    {
        try
        {
            return EnsureOpen().Readers.ReadSlowlyAsync(args, body);
        }
        catch (StorageUnavailableException error)
        {
            return Task.FromException<TResult>(error);
        }
    }

    /// <summary>
    /// A version that no row has had before, also not one that was deleted since, so that an old etag never fits a new row. It is the
    /// time in microseconds, pushed on where that does not suffice; so it holds across restarts unless the clock is set back.
    /// </summary>
    internal long NewVersion()
    {
        var now = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        while (true)
        {
            var last = Interlocked.Read(ref _lastVersion);
            var next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _lastVersion, next, last) == last) return next;
        }
    }

    private Task<TResult> WriteAsync<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body, bool compound)
    {
        var operation = new WriteOperation<TArgs, TResult>(args, body, compound);
        Post(operation);
        return operation.Task;
    }

    private void Post(IWriteOperation operation)
    {
        try
        {
            EnsureOpen().Writer.Post(operation);
        }
        catch (StorageUnavailableException error)
        {
            operation.Fail(error);
        }
    }

    private OpenStore EnsureOpen() => _open ?? OpenOnce();

    private OpenStore OpenOnce()
    {
        lock (_lifetime)
        {
            if (_closed) throw new StorageUnavailableException("The store is closed: the service is stopping.");
            if (_open is { } open) return open;
            open = OpenStore.Open(_options, DataDirectory, Path.Combine(DataDirectory, DatabaseFile), _clock, _logger);
            _open = open;
            LogOpened(_logger, DataDirectory, open.FoundVersion);
            return open;
        }
    }

    [LoggerMessage(6005, LogLevel.Information, "Opened the SQLite store in '{Directory}' (schema version found: {Version}; 0: new).")]
    private static partial void LogOpened(ILogger logger, string directory, int version);

    [LoggerMessage(6006, LogLevel.Information, "Closed the SQLite store in '{Directory}'.")]
    private static partial void LogClosed(ILogger logger, string directory);
}
