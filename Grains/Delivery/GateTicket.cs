namespace DlqCluster.Delivery;

/// <summary>What a gate says to a message that wants to be sent.</summary>
internal enum Admission
{
    /// <summary>Send it now, and tell the gate how it went.</summary>
    Admitted,

    /// <summary>Too many wait in memory already: wait in the ledger.</summary>
    Shed,

    /// <summary>The silo is shutting down.</summary>
    Closing,
}

/// <summary>A gate's answer.</summary>
/// <param name="Admission">What it says.</param>
/// <param name="Probe">The breaker's permit, when the message is a probe.</param>
internal readonly record struct GateTicket(Admission Admission, string? Probe = null);

/// <summary>A gate in numbers.</summary>
/// <param name="Waiting">Messages that wait at it in memory.</param>
/// <param name="InFlight">Attempts on their way.</param>
/// <param name="Blocked">Whether a pause or the breaker holds everything.</param>
internal readonly record struct GateCounts(int Waiting, int InFlight, bool Blocked);
