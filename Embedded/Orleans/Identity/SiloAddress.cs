using System.Net;

namespace Orleans.Runtime;

/// <summary>The address of a silo. In one process there is no listener behind it; the number tells two runtimes apart.</summary>
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    /// <summary>No silo.</summary>
    public static SiloAddress Zero { get; } = New(new IPEndPoint(IPAddress.None, 0), 0);

    /// <summary>Its network end point.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Tells a restarted silo from the one that was there before.</summary>
    public int Generation { get; }

    /// <summary>Whether it belongs to a client.</summary>
    public bool IsClient => Generation < 0;

    /// <summary>Makes one.</summary>
    /// <param name="ep">The end point.</param>
    /// <param name="gen">The generation.</param>
    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

    /// <summary>Makes one.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="generation">The generation.</param>
    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);

    /// <inheritdoc/>
    public bool Equals(SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Endpoint.GetHashCode() ^ Generation;

    /// <inheritdoc/>
    public int CompareTo(SiloAddress? other)
    {
        if (other is null) return 1;
        var byGeneration = Generation.CompareTo(other.Generation);
        return byGeneration != 0 ? byGeneration : string.CompareOrdinal(Endpoint.ToString(), other.Endpoint.ToString());
    }

    /// <summary>Address, port and generation in a form that is easy to read back.</summary>
    public string ToParsableString() => $"{Endpoint.Address}:{Endpoint.Port}@{Generation}";

    /// <summary>Kind, address, port and generation.</summary>
    public override string ToString() => $"{(IsClient ? 'C' : 'S')}{Endpoint.Address}:{Endpoint.Port}:{Generation}";
}
