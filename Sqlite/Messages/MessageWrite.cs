using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.GrainState;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// Writes a message's state: the operation, its caller's task and what is then known of the state, in one object, since every message needs it twice.
/// </summary>
/// <typeparam name="T">The type of the state.</typeparam>
/// <param name="messages">The messages.</param>
/// <param name="key">Which message.</param>
/// <param name="grainId">Its grain.</param>
/// <param name="state">The state; takes its new version as etag once that is durable.</param>
/// <param name="version">Its new version.</param>
/// <param name="data">Its bytes.</param>
internal sealed class MessageWrite<T>(MessageTable messages, MessageKey key, GrainId grainId, IGrainState<T> state, long version, BinaryData data)
    : TaskCompletionSource, IWriteOperation
{
    /// <summary>A version that no state ever has.</summary>
    private const long NoVersion = -1;

    private readonly string? _etag = state.ETag;
    private bool _done;
    private long? _stored;
    private Exception? _error;

    /// <inheritdoc/>
    public void Execute(Connection db)
    {
        try
        {
            long? expected = _etag is null ? null : StateVersion.Number(_etag) ?? NoVersion;
            (_done, _stored) = messages.Write(db, key, expected, version, data.ToMemory().Span);
        }
        catch (Exception error) when (WriteOperation.IsOwn(error, db))
        {
            _error = error;
            db.NoteUndone();
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (!_done)
        {
            TrySetException(_error ?? StateVersion.Inconsistent("written", MessageKey.StateName, grainId, _etag, _stored));
            return;
        }

        state.ETag = StateVersion.Text(version);
        state.RecordExists = true;
        TrySetResult();
    }

    /// <inheritdoc/>
    public void Fail(Exception error) => TrySetException(error);
}
