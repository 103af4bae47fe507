namespace DlqCluster.Simulation.Time;

/// <summary>
/// A stream of randomness that is the same for the same seed on every machine and in every version of the runtime (SplitMix64). Each part of
/// the world draws from a stream of its own, so that one part's draws do not shift another's.
/// </summary>
/// <param name="seed">Any number.</param>
internal sealed class Chance(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(seed + Step);

    /// <summary>64 random bits.</summary>
    public ulong Bits() => Mix(_state += Step);

    /// <summary>A number from 0 up to, not including, a limit.</summary>
    /// <param name="limit">The limit, at least 1.</param>
    public int Below(int limit) => (int)(((Bits() >> 32) * (ulong)limit) >> 32);

    /// <summary>A number from one to another, both included.</summary>
    public int From(int least, int most) => least + Below(most - least + 1);

    /// <summary>A number from 0 up to, not including, 1.</summary>
    public double Fraction() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Whether something of this probability happens.</summary>
    public bool Happens(double probability) => probability > 0 && Fraction() < probability;

    /// <summary>One of some.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>A time span from one to another, in whole milliseconds.</summary>
    public TimeSpan Span(int leastMs, int mostMs) => TimeSpan.FromMilliseconds(From(leastMs, mostMs));

    /// <summary>Random bytes.</summary>
    public void Fill(Span<byte> buffer)
    {
        for (var i = 0; i < buffer.Length; i++) buffer[i] = (byte)(Bits() >> 56);
    }

    /// <summary>Another stream, that depends on this one's seed and a name.</summary>
    public Chance Fork(string name)
    {
        var hash = seed;
        foreach (var c in name) hash = Mix(hash ^ c) + Step;
        return new Chance(hash);
    }

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
