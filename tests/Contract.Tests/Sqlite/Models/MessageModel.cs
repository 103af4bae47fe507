using DlqCluster.Testing;

namespace DlqCluster.Contract.Tests.Sqlite.Models;

/// <summary>States and ledger entries in memory, apart from each other.</summary>
internal sealed class MessageModel
{
    private readonly Dictionary<int, string> _states = [];

    public MemoryLedgerStore Ledger { get; } = new();

    /// <summary>What is stored of a message: its etag, and its text.</summary>
    public string? Text(int number) => _states.GetValueOrDefault(number);

    public string? ETag(int number) => Text(number)?.Split(' ')[0];

    /// <summary>A write has had this outcome.</summary>
    /// <param name="number">The message.</param>
    /// <param name="etag">The etag that it expected.</param>
    /// <param name="stored">What it stored; null when it was refused.</param>
    /// <returns>Whether that is right.</returns>
    public bool Write(int number, string? etag, string? stored)
    {
        if (etag != ETag(number)) return stored is null;
        if (stored is null) return false;
        _states[number] = stored;
        return true;
    }

    /// <summary>Removes a state.</summary>
    /// <returns>Whether its etag allows it.</returns>
    public bool Clear(int number, string? etag)
    {
        if (etag != ETag(number)) return false;
        _states.Remove(number);
        return true;
    }
}
