namespace DlqCluster.Simulation.Stores;

/// <summary>The reminders over a silo's connection. A silo sees those of the grains that the directory places with it, as its share of the ring.</summary>
/// <param name="world">The world, which has the reminders.</param>
/// <param name="link">The connection.</param>
internal sealed class LinkedReminders(World world, StoreLink link) : IReminderTable
{
    private readonly IReminderTable _linked = LinkedPort.Of<IReminderTable>("reminder", world.Reminders, link);

    public Task<ReminderTableData> ReadRows(GrainId grainId) => _linked.ReadRows(grainId);

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var all = await _linked.ReadRows(begin, end);
        return new ReminderTableData(all.Reminders.Where(row => world.Directory.Find(row.GrainId, typeof(IRemindable), link.Silo) == link.Silo));
    }

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => _linked.ReadRow(grainId, reminderName);

    public Task<string?> UpsertRow(ReminderEntry entry) => _linked.UpsertRow(entry);

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => _linked.RemoveRow(grainId, reminderName, eTag);

    public Task TestOnlyClearTable() => throw new NotSupportedException("Nobody clears the table here.");
}
