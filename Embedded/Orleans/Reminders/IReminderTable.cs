using Orleans.Runtime;

namespace Orleans;

/// <summary>A store of reminders.</summary>
public interface IReminderTable
{
    /// <summary>Opens the store.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task StartAsync(CancellationToken cancellationToken = default)
#pragma warning disable CS0618 // A table that only has the older method still works.
        => Init();
#pragma warning restore CS0618

    /// <summary>Opens the store.</summary>
    [Obsolete("Implement and use StartAsync instead")]
    Task Init() => Task.CompletedTask;

    /// <summary>Reads the reminders of a grain.</summary>
    /// <param name="grainId">The grain.</param>
    Task<ReminderTableData> ReadRows(GrainId grainId);

    /// <summary>
    /// Reads the reminders of all grains whose hash lies in a range on the ring: above <paramref name="begin"/>, up to and including
    /// <paramref name="end"/>. Where the end is not above the beginning, the range runs over zero; so two equal ends mean all.
    /// </summary>
    /// <param name="begin">The beginning, not included.</param>
    /// <param name="end">The end, included.</param>
    Task<ReminderTableData> ReadRows(uint begin, uint end);

    /// <summary>Reads one reminder.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="reminderName">The reminder's name.</param>
    /// <returns>Null when there is none.</returns>
    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    /// <summary>Writes a reminder, whatever was there.</summary>
    /// <param name="entry">The reminder.</param>
    /// <returns>Its new etag.</returns>
    Task<string?> UpsertRow(ReminderEntry entry);

    /// <summary>Deletes a reminder, provided that it has the etag.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="reminderName">The reminder's name.</param>
    /// <param name="eTag">The etag.</param>
    /// <returns>False when there is none with that etag.</returns>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);

    /// <summary>Deletes all; for tests.</summary>
    Task TestOnlyClearTable();

    /// <summary>Closes the store.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}

/// <summary>Some reminders.</summary>
[GenerateSerializer]
public sealed class ReminderTableData
{
    /// <summary>Makes one without reminders.</summary>
    public ReminderTableData() => Reminders = [];

    /// <summary>Makes one with one reminder.</summary>
    /// <param name="entry">The reminder.</param>
    public ReminderTableData(ReminderEntry entry) => Reminders = [entry];

    /// <summary>Makes one.</summary>
    /// <param name="list">The reminders.</param>
    public ReminderTableData(IEnumerable<ReminderEntry> list) => Reminders = [.. list];

    /// <summary>The reminders.</summary>
    [Id(0)]
    public IList<ReminderEntry> Reminders { get; private set; }

    /// <summary>How many reminders, and which.</summary>
    public override string ToString() => $"{Reminders.Count} reminders: {string.Join(", ", Reminders)}";
}

/// <summary>A reminder as it is stored.</summary>
[GenerateSerializer]
public sealed class ReminderEntry
{
    /// <summary>The grain to remind.</summary>
    [Id(0)]
    public GrainId GrainId { get; set; }

    /// <summary>The reminder's name, unique in its grain.</summary>
    [Id(1)]
    public string ReminderName { get; set; } = null!;

    /// <summary>When it is due first, in UTC.</summary>
    [Id(2)]
    public DateTime StartAt { get; set; }

    /// <summary>How often it is due.</summary>
    [Id(3)]
    public TimeSpan Period { get; set; }

    /// <summary>The version of the record.</summary>
    [Id(4)]
    public string? ETag { get; set; }

    /// <summary>Grain, name and period.</summary>
    public override string ToString() => $"<GrainId={GrainId} ReminderName={ReminderName} Period={Period}>";
}
