namespace DlqCluster.Cluster.Placement;

/// <summary>Whose a grain is: rendezvous hashing, so that all silos agree without talking, and few grains move when a silo comes or goes.</summary>
internal static class Shares
{
    /// <summary>The silo that a grain belongs to; null when there is none.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="silos">The silos, in any order.</param>
    public static SiloAddress? OwnerOf(GrainId grain, IEnumerable<SiloAddress> silos)
    {
        SiloAddress? owner = null;
        ulong most = 0;
        foreach (var silo in silos)
        {
            // Both hashes are the same in every process and version, which GetHashCode is not.
            var weight = Mix(((ulong)grain.GetUniformHashCode() << 32) | (uint)silo.GetConsistentHashCode());
            if (owner is not null && (weight < most || (weight == most && silo.CompareTo(owner) < 0))) continue;
            (owner, most) = (silo, weight);
        }

        return owner;
    }

    /// <summary>Spreads the bits (the finaliser of SplitMix64).</summary>
    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
