using DlqCluster.Simulation.Time;

namespace DlqCluster.Simulation.Silos;

/// <summary>What a call meets on its way.</summary>
/// <param name="Before">How long the request takes.</param>
/// <param name="After">How long the answer takes.</param>
/// <param name="IsRequestLost">Whether the request never arrives.</param>
/// <param name="IsAnswerLost">Whether it is done and the caller never hears of it.</param>
internal readonly record struct Passage(TimeSpan Before, TimeSpan After, bool IsRequestLost, bool IsAnswerLost);

/// <summary>The network between silos, and between clients and silos.</summary>
/// <param name="chance">Decides what happens to a call.</param>
internal sealed class Network(Chance chance)
{
    private const int FairDelayMs = 2;

    /// <summary>The share of calls that lose either half.</summary>
    public double Loss { get; set; }

    /// <summary>The longest delay of either half of a call, in milliseconds.</summary>
    public int MostDelayMs { get; set; } = FairDelayMs;

    /// <summary>As one wishes it.</summary>
    public void Heal() => (Loss, MostDelayMs) = (0, FairDelayMs);

    /// <summary>Draws what a call meets. Calls to a silo that the others take for dead, and from it, do not arrive.</summary>
    public Passage Draw(VirtualSilo from, VirtualSilo to)
    {
        var isCut = from != to && (from.CutOffAt is not null || to.CutOffAt is not null);
        return new Passage(
            TimeSpan.FromMilliseconds(chance.From(0, MostDelayMs)),
            TimeSpan.FromMilliseconds(chance.From(0, MostDelayMs)),
            isCut || chance.Happens(Loss),
            chance.Happens(Loss));
    }
}
