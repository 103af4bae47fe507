using System.Diagnostics.CodeAnalysis;

namespace DlqCluster.Ordering;

/// <summary>Names an ordering lane: the messages of one ordering key to one downstream, which are delivered one after the other.</summary>
/// <param name="Target">The downstream. Its name has no colon.</param>
/// <param name="OrderingKey">The key, as the client gave it.</param>
[GenerateSerializer, Immutable, Alias("dlq.LaneName")]
public readonly record struct LaneName([property: Id(0)] string Target, [property: Id(1)] string OrderingKey)
{
    private const char Separator = ':';

    /// <summary>The key of the lane's grain.</summary>
    public override string ToString() => $"{Target}{Separator}{OrderingKey}";

    /// <summary>Reads the key of a lane's grain.</summary>
    /// <param name="text">The key.</param>
    /// <param name="name">The lane.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out LaneName name)
    {
        var at = text?.IndexOf(Separator, StringComparison.Ordinal) ?? -1;
        name = at < 0 ? default : new LaneName(text![..at], text[(at + 1)..]);
        return at >= 0;
    }

    /// <summary>The partition that the lane belongs to.</summary>
    /// <param name="partitions">How many partitions there are, at least 1.</param>
    /// <returns>0 to <paramref name="partitions"/> − 1, the same on every machine and in every version (32-bit FNV-1a).</returns>
    public int Partition(int partitions)
    {
        var hash = 2166136261u;
        foreach (var c in ToString()) hash = (hash ^ c) * 16777619u;
        return (int)(hash % (uint)partitions);
    }
}
