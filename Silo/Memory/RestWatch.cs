namespace DlqCluster.Silo.Memory;

/// <summary>Tells work from rest by how fast memory is allocated, and says once after each spell of work that it is over.</summary>
/// <param name="Allocated">Bytes that had been allocated at the last look, since the process started.</param>
/// <param name="Worked">Of these, those of spells of work that nothing has been given back for, in bytes.</param>
internal readonly record struct RestWatch(long Allocated, long Worked = 0)
{
    private const long BytesPerKb = 1024;
    private const long BytesPerMb = 1024 * BytesPerKb;

    /// <summary>Looks again.</summary>
    /// <param name="allocated">Bytes that have been allocated by now.</param>
    /// <param name="since">The time since the last look.</param>
    /// <param name="limits">What is rest, and what is work enough.</param>
    /// <returns>What to look with the next time, and whether memory is to be given back now.</returns>
    public (RestWatch Next, bool IsOver) Look(long allocated, TimeSpan since, MemoryOptions limits)
    {
        var more = allocated - Allocated;
        if (more > limits.RestKbPerSecond * BytesPerKb * since.TotalSeconds) return (new(allocated, Worked + more), false);
        // What is allocated at rest is not counted, however long that lasts.
        return Worked < limits.WorkMb * BytesPerMb ? (new(allocated, Worked), false) : (new(allocated), true);
    }
}
