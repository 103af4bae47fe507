using System.Buffers;
using System.Text;
using DlqCluster.Messages;
using DlqCluster.Sqlite.Messages;
using SQLitePCL;

namespace DlqCluster.Sqlite.Engine;

/// <summary>
/// A prepared statement: bind its parameters (from 1), step through its rows, read their columns (from 0). Disposing a kept statement
/// makes it ready for its next use; disposing any other frees it.
/// </summary>
internal sealed class Statement(sqlite3 connection, sqlite3_stmt handle, bool kept) : IDisposable
{
    private const int StackBytes = 512;

    /// <summary>Binds an integer.</summary>
    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    /// <summary>Binds an integer or NULL.</summary>
    public Statement Bind(int parameter, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    /// <summary>Binds text.</summary>
    public Statement Bind(int parameter, string value)
    {
        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        var length = Encoding.UTF8.GetBytes(value, buffer);
        Check(raw.sqlite3_bind_text(handle, parameter, buffer[..length]));
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Binds text or NULL.</summary>
    public Statement BindText(int parameter, string? value)
    {
        if (value is not null) return Bind(parameter, value);
        Check(raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    /// <summary>Binds bytes. SQLite copies them.</summary>
    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, parameter, 0) : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    /// <summary>Binds a message id as its 16 bytes, which sort like its text.</summary>
    /// <exception cref="ArgumentException">The id is not a UUID.</exception>
    public Statement Bind(int parameter, MessageId id) => Bind(parameter, MessageKey.Of(id));

    /// <summary>Binds a message's key as its 16 bytes.</summary>
    public Statement Bind(int parameter, MessageKey key)
    {
        Span<byte> bytes = stackalloc byte[MessageKey.Bytes];
        key.Write(bytes);
        return Bind(parameter, bytes);
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False after the last.</returns>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        if (result is raw.SQLITE_ROW) return true;
        if (result is raw.SQLITE_DONE) return false;
        throw Fault(result);
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run()
    {
        try
        {
            Step();
            return raw.sqlite3_changes(connection);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Whether a column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <summary>An integer column.</summary>
    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>A text column.</summary>
    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    /// <summary>A column of bytes, valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>A column that holds a message id.</summary>
    public MessageId Id(int column) => MessageKey.Read(Blob(column)).ToId();

    /// <inheritdoc/>
    public void Dispose()
    {
        // A reset reports the last step's error once more, which has been reported already.
        if (kept) _ = raw.sqlite3_reset(handle);
        else handle.Dispose();
    }

    /// <summary>Frees a kept statement, when its connection is closed.</summary>
    public void Free() => handle.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Fault(result);
    }

    private SqliteFault Fault(int result)
    {
        var message = raw.sqlite3_errmsg(connection).utf8_to_string();
        _ = raw.sqlite3_reset(handle);
        return new SqliteFault(result, message);
    }
}
