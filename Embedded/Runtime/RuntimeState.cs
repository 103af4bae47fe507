namespace DlqCluster.Embedded;

/// <summary>Where a runtime stands.</summary>
public enum RuntimeState
{
    /// <summary>It has not been started; it takes no calls.</summary>
    Created = 0,

    /// <summary>It takes calls.</summary>
    Running = 1,

    /// <summary>It finishes the calls that it has taken, and takes no more from outside.</summary>
    Stopping = 2,

    /// <summary>It deactivates what is active, and activates nothing more.</summary>
    Closing = 3,

    /// <summary>It has ended.</summary>
    Stopped = 4,
}
