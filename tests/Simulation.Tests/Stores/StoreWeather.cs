namespace DlqCluster.Simulation.Stores;

/// <summary>How a store behaves at present.</summary>
/// <param name="Fails">The share of operations that fail undone.</param>
/// <param name="Deceives">The share that is done while the caller is told that it timed out.</param>
/// <param name="Conflicts">The share of state writes that are done while the caller is told that somebody else was first, as when a driver repeats a write by itself.</param>
/// <param name="Lingers">The share that takes very long.</param>
/// <param name="MostDelayMs">The longest that either half of an ordinary operation takes.</param>
internal readonly record struct StoreWeather(double Fails, double Deceives, double Conflicts, double Lingers, int MostDelayMs)
{
    /// <summary>A store as one wishes it.</summary>
    public static StoreWeather Fair { get; } = new(0, 0, 0, 0, 3);
}

/// <summary>What one operation meets.</summary>
internal enum Fate
{
    /// <summary>It is done, and answered.</summary>
    Done,

    /// <summary>It is not done, and the caller is told so.</summary>
    Undone,

    /// <summary>It is done, and the caller is told that it is not known.</summary>
    Deceived,

    /// <summary>It is done, and the caller is told that somebody else was first.</summary>
    Conflicted,
}
