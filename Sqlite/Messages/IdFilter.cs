using System.Numerics;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// A Bloom filter over message ids: of an id that was added it always says that it may be there, of others nearly always that they are not. All
/// bits of an id lie in one cache line (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007). Any thread may add and ask.
/// </summary>
internal sealed class IdFilter
{
    /// <summary>Bits for each id that it is made for: with <see cref="Probes"/> of them set, about one in a hundred others is taken for known.</summary>
    public const int BitsPerId = 12;

    private const int Probes = 4;
    private const int WordsPerBlock = 8;
    private const int BitsPerWord = 64;
    private const int BitsPerBlock = WordsPerBlock * BitsPerWord;

    private readonly long[] _words;
    private readonly ulong _blocks;
    private long _count;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">How many ids it is made for; at least 1.</param>
    public IdFilter(long capacity)
    {
        Capacity = capacity;
        _blocks = (ulong)(((capacity * BitsPerId) + BitsPerBlock - 1) / BitsPerBlock);
        _words = new long[_blocks * WordsPerBlock];
    }

    /// <summary>How many ids it is made for.</summary>
    public long Capacity { get; }

    /// <summary>How many were added; one that was added twice counts twice.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds an id.</summary>
    public void Add(MessageKey key)
    {
        var (start, bits) = Place(key);
        for (var i = 0; i < Probes; i++, bits /= BitsPerBlock)
            Interlocked.Or(ref _words[start + Word(bits)], 1L << (int)(bits % BitsPerWord));
        Interlocked.Increment(ref _count);
    }

    /// <summary>Whether an id may have been added.</summary>
    public bool MayContain(MessageKey key)
    {
        var (start, bits) = Place(key);
        for (var i = 0; i < Probes; i++, bits /= BitsPerBlock)
            if ((Volatile.Read(ref _words[start + Word(bits)]) & (1L << (int)(bits % BitsPerWord))) == 0) return false;
        return true;
    }

    private static long Word(ulong bits) => (long)(bits % BitsPerBlock / BitsPerWord);

    // The high bits choose the block, the low ones the bits in it: mixed first (the finalizer of MurmurHash3), for the time is in an id's high ones.
    private (long Start, ulong Bits) Place(MessageKey key)
    {
        var hash = (ulong)key.Value ^ BitOperations.RotateLeft((ulong)(key.Value >> 64), 32);
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        hash ^= hash >> 33;
        return ((long)Math.BigMul(hash, _blocks, out _) * WordsPerBlock, hash);
    }
}
