namespace DlqCluster.Embedded;

/// <summary>A work item that has to be done with by a certain time.</summary>
public abstract class Deadline : WorkItem
{
    private protected Deadline()
    {
    }

    // The links of the list of what is under way, and the part of it that this is in; guarded by that part's lock.
    internal Deadline? Earlier { get; set; }

    internal Deadline? Later { get; set; }

    internal UnderWay.Part? Part { get; set; }

    /// <summary>When it is too late, as <see cref="TimeProvider.GetTimestamp"/> counts.</summary>
    internal long ExpiresAt { get; set; }

    /// <summary>It is too late.</summary>
    internal abstract void Expire();
}
