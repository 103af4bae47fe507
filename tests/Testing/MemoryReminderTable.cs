using System.Globalization;

namespace DlqCluster.Testing;

/// <summary>
/// Reminders in memory. Operations: <c>reminder.read</c>, <c>reminder.readGrain</c>, <c>reminder.readRange</c>, <c>reminder.upsert</c>,
/// <c>reminder.remove</c>, <c>reminder.clear</c>.
/// </summary>
public sealed class MemoryReminderTable : MemoryStore, IReminderTable
{
    private readonly SortedDictionary<(string Grain, string Name), ReminderEntry> _rows =
        new(Comparer<(string Grain, string Name)>.Create(static (a, b) =>
            string.CompareOrdinal(a.Grain, b.Grain) is var order and not 0 ? order : string.CompareOrdinal(a.Name, b.Name)));

    private long _lastVersion;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Do("reminder.readGrain", () => new ReminderTableData(_rows.Values.Where(row => row.GrainId == grainId).Select(Copy)));

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Do("reminder.readRange", () =>
        new ReminderTableData(_rows.Values.Where(row => IsIn(row.GrainId.GetUniformHashCode(), begin, end)).Select(Copy)));

    /// <inheritdoc/>
    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        Do("reminder.read", () => _rows.TryGetValue((grainId.ToString(), reminderName), out var row) ? Copy(row) : null);

    /// <inheritdoc/>
    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        var row = Copy(entry);
        row.StartAt = entry.StartAt.ToUniversalTime();
        return Do("reminder.upsert", () =>
        {
            row.ETag = (++_lastVersion).ToString(CultureInfo.InvariantCulture);
            _rows[(row.GrainId.ToString(), row.ReminderName)] = row;
            return (string?)row.ETag;
        });
    }

    /// <inheritdoc/>
    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => Do("reminder.remove", () =>
    {
        var key = (grainId.ToString(), reminderName);
        return _rows.TryGetValue(key, out var row) && row.ETag == eTag && _rows.Remove(key);
    });

    /// <inheritdoc/>
    public Task TestOnlyClearTable() => Do("reminder.clear", () =>
    {
        _rows.Clear();
        return true;
    });

    private static bool IsIn(uint hash, uint begin, uint end) =>
        begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private static ReminderEntry Copy(ReminderEntry row) => new()
    {
        GrainId = row.GrainId,
        ReminderName = row.ReminderName,
        StartAt = row.StartAt,
        Period = row.Period,
        ETag = row.ETag,
    };
}
