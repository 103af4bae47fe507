namespace DlqCluster.DeadLetters;

/// <summary>The names of letters' statuses as they stand in JSON, stores and metrics.</summary>
public static class LetterStatuses
{
    private static readonly string[] _names = ["dlq_pending", "dlq_processing", "dlq_resolved", "dlq_failed", "dlq_manual"];

    /// <summary>The name of a status, such as <c>dlq_pending</c>.</summary>
    /// <param name="status">The status.</param>
    public static string Name(LetterStatus status) => _names[(int)status];

    /// <summary>Reads a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="status">The status.</param>
    /// <returns>False when there is no such status.</returns>
    public static bool TryParse(string name, out LetterStatus status)
    {
        var index = Array.IndexOf(_names, name);
        status = (LetterStatus)Math.Max(index, 0);
        return index >= 0;
    }
}
