namespace DlqCluster.Sqlite.Engine;

/// <summary>A write that waits for the writer.</summary>
internal interface IWriteOperation
{
    /// <summary>Does it, within the open transaction. A failure of its own is kept until the transaction has ended.</summary>
    /// <exception cref="SqliteFault">The whole transaction has failed.</exception>
    void Execute(Connection db);

    /// <summary>Tells its caller how it went, now that the transaction is durable.</summary>
    void Complete();

    /// <summary>Tells its caller that the transaction failed.</summary>
    void Fail(Exception error);
}

/// <summary>What all writes have in common.</summary>
internal static class WriteOperation
{
    /// <summary>Whether a failure is that of one write, while the transaction goes on.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="db">The writer's connection.</param>
    public static bool IsOwn(Exception error, Connection db) => error is not SqliteFault { ConcernsStatementAlone: false } && db.InTransaction;
}

/// <summary>
/// A write and its caller's task, in one object. Whoever completes it runs what awaits it, so that is never done on the writer's thread.
/// </summary>
/// <param name="args">What the body needs.</param>
/// <param name="body">Does it.</param>
/// <param name="compound">Whether the body has several statements that must be undone together if one fails.</param>
internal sealed class WriteOperation<TArgs, TResult>(TArgs args, Func<Connection, TArgs, TResult> body, bool compound)
    : TaskCompletionSource<TResult>, IWriteOperation
{
    private static readonly Sql _savepoint = new("SAVEPOINT operation");
    private static readonly Sql _release = new("RELEASE operation");
    private static readonly Sql _undo = new("ROLLBACK TO operation");

    private TResult? _result;
    private Exception? _error;

    /// <inheritdoc/>
    public void Execute(Connection db)
    {
        if (compound)
        {
            db.BeforeSavepoint?.Invoke();
            db.Use(_savepoint).Run();
        }

        try
        {
            _result = body(db, args);
        }
        catch (Exception error) when (WriteOperation.IsOwn(error, db))
        {
            _error = error;
            if (compound) db.Use(_undo).Run();
            db.NoteUndone();
        }

        if (compound) db.Use(_release).Run();
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (_error is null) TrySetResult(_result!);
        else TrySetException(_error);
    }

    /// <inheritdoc/>
    public void Fail(Exception error) => TrySetException(error);
}
