using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.Messages;
using Orleans.Storage;

namespace DlqCluster.Sqlite.GrainState;

/// <summary>
/// Grain state in SQLite. A state is known by its name and its grain, whatever storage name it is asked for under; its etag is a number
/// that no state has had before. A write that is acknowledged is on disk. Messages, which are many, lie in a table of their own.
/// </summary>
/// <param name="store">The database.</param>
/// <param name="serializer">Makes bytes of states.</param>
public sealed class SqliteGrainStorage(SqliteStore store, IGrainStorageSerializer serializer) : IGrainStorage
{
    private static readonly Sql _read = new("SELECT version, data FROM grain_states WHERE grain = ?1 AND name = ?2");
    private static readonly Sql _readVersion = new("SELECT version FROM grain_states WHERE grain = ?1 AND name = ?2");
    private static readonly Sql _insert = new(
        "INSERT INTO grain_states (grain, name, version, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (grain, name) DO NOTHING");

    private static readonly Sql _update = new(
        "UPDATE grain_states SET version = ?3, data = ?4 WHERE grain = ?1 AND name = ?2 AND version = ?5");

    private static readonly Sql _delete = new("DELETE FROM grain_states WHERE grain = ?1 AND name = ?2 AND version = ?3");

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var isMessage = MessageKey.TryParse(grainId, stateName, out var message);
        if (isMessage && store.Messages.IsNew(message))
        {
            Forget(grainState);
            return;
        }

        var (version, data) = isMessage
            ? await store.ReadAsync((store.Messages, message), ReadMessage).ConfigureAwait(false)
            : await store.ReadAsync(new Key(grainId.ToString(), stateName), Read).ConfigureAwait(false);
        if (version is not { } found)
        {
            Forget(grainState);
            return;
        }

        grainState.State = serializer.Deserialize<T>(new BinaryData(data));
        grainState.ETag = StateVersion.Text(found);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">The stored etag is another one; nothing was written.</exception>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It is not known whether it was written.</exception>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var data = serializer.Serialize(grainState.State);
        return MessageKey.TryParse(grainId, stateName, out var message)
            ? store.WriteAsync(new MessageWrite<T>(store.Messages, message, grainId, grainState, store.NewVersion(), data))
            : WriteOtherAsync(stateName, grainId, grainState, data);
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">The stored etag is another one; nothing was deleted.</exception>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It is not known whether it was deleted.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var etag = grainState.ETag;
        var outcome = MessageKey.TryParse(grainId, stateName, out var message)
            ? await store.WriteTogetherAsync((store.Messages, message, etag), DeleteMessage).ConfigureAwait(false)
            : await store.WriteAsync(new Change(new Key(grainId.ToString(), stateName), etag, 0, BinaryData.Empty), Delete).ConfigureAwait(false);
        if (!outcome.Done) throw StateVersion.Inconsistent("cleared", stateName, grainId, etag, outcome.Stored);
        Forget(grainState);
    }

    private async Task WriteOtherAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, BinaryData data)
    {
        var change = new Change(new Key(grainId.ToString(), stateName), grainState.ETag, store.NewVersion(), data);
        var outcome = await store.WriteAsync(change, Write).ConfigureAwait(false);
        if (!outcome.Done) throw StateVersion.Inconsistent("written", stateName, grainId, change.ETag, outcome.Stored);
        grainState.ETag = StateVersion.Text(change.Version);
        grainState.RecordExists = true;
    }

    private static (long? Version, byte[] Data) Read(Connection db, Key key)
    {
        using var row = db.Use(_read).Bind(1, key.Grain).Bind(2, key.Name);
        return row.Step() ? (row.Int64(0), row.Blob(1).ToArray()) : (null, []);
    }

    private static (long? Version, byte[] Data) ReadMessage(Connection db, (MessageTable Messages, MessageKey Key) args) =>
        args.Messages.Read(db, args.Key);

    private static Outcome DeleteMessage(Connection db, (MessageTable Messages, MessageKey Key, string? ETag) args)
    {
        var (done, found) = args.Messages.Clear(db, args.Key, StateVersion.Number(args.ETag));
        // Clearing what was never written changes nothing.
        return new Outcome(done || (args.ETag is null && found is null), found);
    }

    private static Outcome Write(Connection db, Change change)
    {
        var expected = StateVersion.Number(change.ETag);
        if (change.ETag is not null && expected is null) return Refused(db, change.Key);
        var statement = db.Use(expected is null ? _insert : _update)
            .Bind(1, change.Key.Grain).Bind(2, change.Key.Name).Bind(3, change.Version).Bind(4, change.Data.ToMemory().Span);
        if (expected is { } version) statement.Bind(5, version);
        return statement.Run() > 0 ? new Outcome(true, null) : Refused(db, change.Key);
    }

    private static Outcome Delete(Connection db, Change change)
    {
        if (StateVersion.Number(change.ETag) is { } version)
        {
            var deleted = db.Use(_delete).Bind(1, change.Key.Grain).Bind(2, change.Key.Name).Bind(3, version).Run();
            if (deleted > 0) return new Outcome(true, null);
        }

        // Clearing what was never written changes nothing.
        var refused = Refused(db, change.Key);
        return refused with { Done = change.ETag is null && refused.Stored is null };
    }

    private static Outcome Refused(Connection db, Key key)
    {
        using var row = db.Use(_readVersion).Bind(1, key.Grain).Bind(2, key.Name);
        return new Outcome(false, row.Step() ? row.Int64(0) : null);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        // Where an engine has made none yet it makes one when it is asked for it, and for a new message it never is.
        if (grainState.State is not null) grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    /// <summary>Whose state, and which.</summary>
    private readonly record struct Key(string Grain, string Name);

    private readonly record struct Change(Key Key, string? ETag, long Version, BinaryData Data);

    private readonly record struct Outcome(bool Done, long? Stored);
}
