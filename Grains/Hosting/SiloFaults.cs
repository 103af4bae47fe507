namespace DlqCluster.Hosting;

/// <summary>Tells that no silo could be reached, or that one has just gone, from other faults of a call.</summary>
public static class SiloFaults
{
    /// <summary>What a client of Orleans says of a grain while no silo is known to have its class. It has no exception of its own for that.</summary>
    private const string NoneKnown = "Could not find an implementation for interface";

    /// <summary>Whether a call failed for want of a silo: the same call may succeed later.</summary>
    /// <param name="error">How it failed.</param>
    public static bool Is(Exception error) =>
        error is OrleansMessageRejectionException || (error is ArgumentException && error.Message.StartsWith(NoneKnown, StringComparison.Ordinal));
}
