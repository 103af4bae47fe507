namespace DlqCluster.Sqlite.Engine;

/// <summary>A statement that each connection prepares once and keeps. Make one static instance a statement, never one a call.</summary>
internal sealed class Sql(string text)
{
    private static int _count;

    /// <summary>Its place in a connection's table of kept statements.</summary>
    public int Index { get; } = Interlocked.Increment(ref _count) - 1;

    /// <summary>The SQL text.</summary>
    public string Text { get; } = text;
}
