namespace DlqCluster.Breakers;

/// <summary>The rules that may trip a breaker.</summary>
[Flags]
internal enum TripRules
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Too many failures in a row.</summary>
    Row = 1,

    /// <summary>Too large a share of failures in the window.</summary>
    Ratio = 2,

    /// <summary>Too large a share of slow attempts in the window.</summary>
    Slow = 4,

    /// <summary>All of them.</summary>
    All = Row | Ratio | Slow,
}
