using System.Buffers.Binary;
using System.Numerics;

namespace DlqCluster.Embedded;

/// <summary>
/// The 32-bit xxHash with seed 0: the hash by which Orleans places grains and their reminders, the same in every process.
/// </summary>
internal static class XxHash32
{
    private const uint Prime1 = 0x9E3779B1;
    private const uint Prime2 = 0x85EBCA77;
    private const uint Prime3 = 0xC2B2AE3D;
    private const uint Prime4 = 0x27D4EB2F;
    private const uint Prime5 = 0x165667B1;
    private const int Lane = sizeof(uint);
    private const int Stripe = 4 * Lane;

    /// <summary>The hash of some bytes.</summary>
    /// <param name="data">The bytes.</param>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var length = (uint)data.Length;
        var hash = data.Length >= Stripe ? ConsumeStripes(ref data) : Prime5;
        return Avalanche(ConsumeTail(unchecked(hash + length), data));
    }

    private static uint ConsumeStripes(ref ReadOnlySpan<byte> data)
    {
        unchecked
        {
            uint a = Prime1 + Prime2, b = Prime2, c = 0, d = 0u - Prime1;
            for (; data.Length >= Stripe; data = data[Stripe..])
            {
                a = Round(a, Read(data));
                b = Round(b, Read(data[Lane..]));
                c = Round(c, Read(data[(2 * Lane)..]));
                d = Round(d, Read(data[(3 * Lane)..]));
            }

            return BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12)
                + BitOperations.RotateLeft(d, 18);
        }
    }

    private static uint ConsumeTail(uint hash, ReadOnlySpan<byte> data)
    {
        unchecked
        {
            for (; data.Length >= Lane; data = data[Lane..])
                hash = BitOperations.RotateLeft(hash + (Read(data) * Prime3), 17) * Prime4;
            foreach (var value in data)
                hash = BitOperations.RotateLeft(hash + (value * Prime5), 11) * Prime1;
            return hash;
        }
    }

    private static uint Avalanche(uint hash)
    {
        unchecked
        {
            hash = (hash ^ (hash >> 15)) * Prime2;
            hash = (hash ^ (hash >> 13)) * Prime3;
            return hash ^ (hash >> 16);
        }
    }

    private static uint Round(uint lane, uint input) => unchecked(BitOperations.RotateLeft(lane + (input * Prime2), 13) * Prime1);

    private static uint Read(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt32LittleEndian(data);
}
