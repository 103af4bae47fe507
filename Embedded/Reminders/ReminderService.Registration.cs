using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <content>What grains ask for.</content>
internal sealed partial class ReminderService
{
    /// <summary>Registers a reminder, or changes it.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="name">The reminder's name.</param>
    /// <param name="dueTime">The wait before it is due first.</param>
    /// <param name="period">How often it is due from then on.</param>
    public Task<IGrainReminder> RegisterOrUpdateAsync(IGrainBase grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        if (grain is not IRemindable)
            throw new InvalidOperationException($"{grain.GetType()} does not implement {nameof(IRemindable)}, so it cannot be reminded.");
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        if (period < options.MinimumReminderPeriod)
        {
            throw new ArgumentException(
                $"The period of the reminder {name} is {period}; the shortest allowed one is {options.MinimumReminderPeriod}.",
                nameof(period));
        }

        ArgumentException.ThrowIfNullOrEmpty(name);
        var grainId = grain.GrainContext.GrainId;
        return runtime.Turns.RunAsync(() => UpsertAsync(grainId, name, dueTime, period));
    }

    /// <summary>Removes a reminder.</summary>
    /// <param name="reminder">The reminder.</param>
    public Task UnregisterAsync(IGrainReminder reminder)
    {
        if (reminder is not ReminderHandle handle)
            throw new ArgumentException("The reminder was not made by this runtime.", nameof(reminder));
        return runtime.Turns.RunAsync(() => RemoveAsync(handle));
    }

    /// <summary>Gets a reminder.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="name">The reminder's name.</param>
    public Task<IGrainReminder?> GetAsync(GrainId grainId, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return runtime.Turns.RunAsync(async () =>
            await Table().ReadRow(grainId, name) is { } entry ? HandleOf(entry) : null);
    }

    /// <summary>Gets all reminders of a grain.</summary>
    /// <param name="grainId">The grain.</param>
    public Task<List<IGrainReminder>> GetAllAsync(GrainId grainId) => runtime.Turns.RunAsync(async () =>
        (await Table().ReadRows(grainId)).Reminders.Select(HandleOf).ToList());

    private static IGrainReminder HandleOf(ReminderEntry entry) => new ReminderHandle(entry.GrainId, entry.ReminderName, entry.ETag!);

    private async Task<IGrainReminder> UpsertAsync(GrainId grainId, string name, TimeSpan dueTime, TimeSpan period)
    {
        var entry = new ReminderEntry { GrainId = grainId, ReminderName = name, StartAt = Now + dueTime, Period = period };
        entry.ETag = await Table().UpsertRow(entry)
            ?? throw new ReminderException($"The reminder {name} of {grainId} could not be registered: somebody else changed it.");
        _removed.Remove((grainId, name));
        Put(entry, ++_sequence);
        return HandleOf(entry);
    }

    private async Task<bool> RemoveAsync(ReminderHandle handle)
    {
        var removed = await Table().RemoveRow(handle.GrainId, handle.ReminderName, handle.ETag);
        // That it is gone already is as good.
        if (!removed && await Table().ReadRow(handle.GrainId, handle.ReminderName) is not null)
            throw new ReminderException($"The reminder {handle.ReminderName} of {handle.GrainId} was changed since it was got.");
        var key = (handle.GrainId, handle.ReminderName);
        ++_sequence;
        _removed.Add(key);
        Drop(key);
        return true;
    }
}
