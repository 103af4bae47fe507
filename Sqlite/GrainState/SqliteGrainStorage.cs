using System.Globalization;
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
        var key = Key.Of(grainId, stateName);
        if (key.Message is { } id && store.Messages.IsNew(id))
        {
            Forget(grainState);
            return;
        }

        var (version, data) = key.Message is { } message
            ? await store.ReadAsync((store.Messages, message), ReadMessage).ConfigureAwait(false)
            : await store.ReadAsync(key, Read).ConfigureAwait(false);
        if (version is not { } found)
        {
            Forget(grainState);
            return;
        }

        grainState.State = serializer.Deserialize<T>(new BinaryData(data));
        grainState.ETag = Text(found);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">The stored etag is another one; nothing was written.</exception>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It is not known whether it was written.</exception>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key.Of(grainId, stateName);
        var data = serializer.Serialize(grainState.State);
        var change = new Change(key, grainState.ETag, store.NewVersion(), data);
        var outcome = key.Message is null
            ? await store.WriteAsync(change, Write).ConfigureAwait(false)
            : await store.WriteAsync((store.Messages, change), WriteMessage).ConfigureAwait(false);
        if (!outcome.Done) throw Inconsistent("written", change, outcome);
        grainState.ETag = Text(change.Version);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">The stored etag is another one; nothing was deleted.</exception>
    /// <exception cref="DlqCluster.Storage.StorageUnavailableException">It is not known whether it was deleted.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var change = new Change(Key.Of(grainId, stateName), grainState.ETag, 0, BinaryData.Empty);
        var outcome = change.Key.Message is null
            ? await store.WriteAsync(change, Delete).ConfigureAwait(false)
            : await store.WriteTogetherAsync((store.Messages, change), DeleteMessage).ConfigureAwait(false);
        if (!outcome.Done) throw Inconsistent("cleared", change, outcome);
        Forget(grainState);
    }

    private static (long? Version, byte[] Data) Read(Connection db, Key key)
    {
        using var row = db.Use(_read).Bind(1, key.Grain).Bind(2, key.Name);
        return row.Step() ? (row.Int64(0), row.Blob(1).ToArray()) : (null, []);
    }

    private static (long? Version, byte[] Data) ReadMessage(Connection db, (MessageTable Messages, MessageKey Key) args) =>
        args.Messages.Read(db, args.Key);

    private static Outcome WriteMessage(Connection db, (MessageTable Messages, Change Change) args)
    {
        var (key, change) = (args.Change.Key.Message!.Value, args.Change);
        var expected = Number(change.ETag);
        // A version that no state ever has.
        if (change.ETag is not null) expected ??= -1;
        var (done, found) = args.Messages.Write(db, key, expected, change.Version, change.Data.ToMemory().Span);
        return new Outcome(done, found);
    }

    private static Outcome DeleteMessage(Connection db, (MessageTable Messages, Change Change) args)
    {
        var (done, found) = args.Messages.Clear(db, args.Change.Key.Message!.Value, Number(args.Change.ETag));
        // Clearing what was never written changes nothing.
        return new Outcome(done || (args.Change.ETag is null && found is null), found);
    }

    private static Outcome Write(Connection db, Change change)
    {
        var expected = Number(change.ETag);
        if (change.ETag is not null && expected is null) return Refused(db, change.Key);
        var statement = db.Use(expected is null ? _insert : _update)
            .Bind(1, change.Key.Grain).Bind(2, change.Key.Name).Bind(3, change.Version).Bind(4, change.Data.ToMemory().Span);
        if (expected is { } version) statement.Bind(5, version);
        return statement.Run() > 0 ? new Outcome(true, null) : Refused(db, change.Key);
    }

    private static Outcome Delete(Connection db, Change change)
    {
        if (Number(change.ETag) is { } version)
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
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static InconsistentStateException Inconsistent(string act, Change change, Outcome outcome)
    {
        var stored = outcome.Stored is { } version ? Text(version) : null;
        return new InconsistentStateException(
            $"State '{change.Key.Name}' of {change.Key.Grain} was not {act}: its stored etag is {stored ?? "none"}, expected was "
            + $"{change.ETag ?? "none"}.",
            stored,
            change.ETag);
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static long? Number(string? etag) =>
        long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    /// <summary>Whose state, and which; <see cref="Message"/> when it is a message's.</summary>
    private readonly record struct Key(string Grain, string Name, MessageKey? Message)
    {
        public static Key Of(GrainId grainId, string name)
        {
            var grain = grainId.ToString();
            return new Key(grain, name, MessageKey.TryParse(grain, name, out var message) ? message : null);
        }
    }

    private readonly record struct Change(Key Key, string? ETag, long Version, BinaryData Data);

    private readonly record struct Outcome(bool Done, long? Stored);
}
