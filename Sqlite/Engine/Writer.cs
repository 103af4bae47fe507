using System.Runtime.CompilerServices;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Storage;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Sqlite.Engine;

/// <summary>
/// The only writer of the database. It takes everything that waits, up to a limit, and commits it as one transaction: while the disk makes
/// one batch durable, the next one gathers by itself. So a write costs a fraction of an fsync, and the more there are, the less each costs.
/// </summary>
internal sealed partial class Writer
{
    private static readonly Sql _begin = new("BEGIN IMMEDIATE");
    private static readonly Sql _commit = new("COMMIT");
    private static readonly Sql _rollback = new("ROLLBACK");

    private readonly Connection _db;
    private readonly MessageTable _messages;
    private readonly string _directory;
    private readonly int _queueLimit;
    private readonly long _checkpointPages;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Pump<IWriteOperation> _pump;
    private long _pagesSinceCheckpoint;
    private long _commits;
    private long _operations;
    private volatile StrongBox<DateTimeOffset>? _lastCommit;
    private volatile Failure? _failure;

    /// <summary>Makes a writer and starts its thread.</summary>
    /// <param name="db">Its connection.</param>
    /// <param name="messages">The messages, whose index is written behind.</param>
    /// <param name="options">Limits.</param>
    /// <param name="directory">The data directory, for messages.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">The log.</param>
    public Writer(Connection db, MessageTable messages, SqliteOptions options, string directory, TimeProvider clock, ILogger logger)
    {
        _db = db;
        _messages = messages;
        _directory = directory;
        _queueLimit = options.MaxQueue;
        _checkpointPages = options.WalCheckpointMb * 1024L * 1024 / Schema.PageBytes;
        _clock = clock;
        _logger = logger;
        _pump = new Pump<IWriteOperation>("sqlite-writer", options.MaxQueue, options.MaxBatch, ThreadPriority.Normal, Commit);
    }

    /// <summary>How the writer is doing.</summary>
    public SqliteStoreHealth Health
    {
        get
        {
            var failure = _failure;
            return new SqliteStoreHealth
            {
                LastCommitAt = _lastCommit?.Value,
                LastFailureAt = failure?.At,
                Error = failure?.Lasts == true ? failure.Message : null,
                Commits = Interlocked.Read(ref _commits),
                Operations = Interlocked.Read(ref _operations),
                Waiting = _pump.Count,
            };
        }
    }

    /// <summary>Queues a write, which is told when it is durable, or that it is not.</summary>
    public void Post(IWriteOperation operation)
    {
        var posted = _pump.Post(operation);
        if (posted == Posted.Accepted) return;
        operation.Fail(new StorageUnavailableException(posted == Posted.Full
            ? $"{_queueLimit} writes already wait for the disk that holds '{_directory}': send less at once, use a faster disk, or raise "
                + "Storage:MaxQueue."
            : "The store is closed: the service is stopping."));
    }

    /// <summary>Commits what waits and ends the thread. The connection stays open.</summary>
    public void Stop() => _pump.Stop();

    private void Commit(ArraySegment<IWriteOperation> batch)
    {
        try
        {
            _db.Use(_begin).Run();
            foreach (var operation in batch) operation.Execute(_db);
            _messages.BeforeCommit(_db, batch.Count);
            _db.Use(_commit).Run();
        }
        catch (Exception error)
        {
            Fail(batch, error);
            return;
        }

        _messages.Committed();
        Succeeded(batch.Count);
        Answer(batch, null);
        CheckpointIfDue();
    }

    private void Succeeded(int operations)
    {
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _operations, operations);
        _lastCommit = new StrongBox<DateTimeOffset>(_clock.GetUtcNow());
        if (_failure is not { Lasts: true } failure) return;
        _failure = failure with { Lasts = false };
        LogRecovered(_logger, _directory);
    }

    private void Fail(ArraySegment<IWriteOperation> batch, Exception error)
    {
        Undo();
        var fault = error as SqliteFault;
        var message = fault?.ToUnavailable(_directory).Message ?? $"The database in '{_directory}' failed: {error.Message}";
        if (_failure is not { Lasts: true }) LogFailed(_logger, batch.Count, message, error);
        _failure = new Failure(_clock.GetUtcNow(), message, Lasts: true);
        Answer(batch, new StorageUnavailableException(message, error));
    }

    // One work item for the whole batch: an item for each would cost more than what most callers then do.
    private static void Answer(ArraySegment<IWriteOperation> batch, Exception? error) =>
        ThreadPool.UnsafeQueueUserWorkItem(new Answers(batch.ToArray(), error), preferLocal: false);

    private void Undo()
    {
        try
        {
            // SQLite has undone it already after some errors.
            if (_db.InTransaction) _db.Use(_rollback).Run();
            _db.NoteUndone();
        }
        catch (SqliteFault fault)
        {
            LogUndoFailed(_logger, fault);
        }
    }

    // After the callers have been answered, so that none of them waits for it. Pages, not bytes of the file: that never shrinks.
    private void CheckpointIfDue()
    {
        _pagesSinceCheckpoint += _db.TakePagesWritten();
        if (_pagesSinceCheckpoint < _checkpointPages) return;
        _pagesSinceCheckpoint = 0;
        var result = _db.Checkpoint();
        if (result != 0) LogCheckpointFailed(_logger, result);
    }

    [LoggerMessage(6001, LogLevel.Error, "A commit of {Operations} writes failed; none is half done, and their callers know. {Advice}")]
    private static partial void LogFailed(ILogger logger, int operations, string advice, Exception error);

    [LoggerMessage(6002, LogLevel.Information, "Writes to '{Directory}' succeed again.")]
    private static partial void LogRecovered(ILogger logger, string directory);

    [LoggerMessage(6003, LogLevel.Error, "A failed transaction could not be undone.")]
    private static partial void LogUndoFailed(ILogger logger, Exception error);

    [LoggerMessage(6004, LogLevel.Warning, "The log could not be copied into the database (SQLite code {Code}); it grows until it can.")]
    private static partial void LogCheckpointFailed(ILogger logger, int code);

    /// <summary>Tells the callers of a batch, in order, how it went.</summary>
    private sealed class Answers(IWriteOperation[] batch, Exception? error) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            foreach (var operation in batch)
            {
                if (error is null) operation.Complete();
                else operation.Fail(error);
            }
        }
    }

    private sealed record Failure(DateTimeOffset At, string Message, bool Lasts);
}
