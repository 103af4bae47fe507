using System.Buffers.Text;
using System.Globalization;

namespace Orleans.Runtime;

/// <summary>Keys that are numbers. They are written in hexadecimal, in capitals, without leading zeros.</summary>
public static class GrainIdKeyExtensions
{
    /// <summary>The key of a number.</summary>
    /// <param name="key">The number.</param>
    public static IdSpan CreateIntegerKey(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

    /// <summary>Reads a grain's key as a number.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="key">The number.</param>
    /// <param name="keyExt">What follows a plus sign in the key; null when there is none.</param>
    /// <returns>False when the key is not a number.</returns>
    public static bool TryGetIntegerKey(this GrainId grainId, out long key, out string? keyExt)
    {
        var text = grainId.Key.AsSpan();
        var plus = text.IndexOf((byte)'+');
        keyExt = plus < 0 ? null : System.Text.Encoding.UTF8.GetString(text[(plus + 1)..]);
        if (plus >= 0) text = text[..plus];
        return Utf8Parser.TryParse(text, out key, out var consumed, 'X') && consumed == text.Length;
    }

    /// <summary>A grain's key as a number.</summary>
    /// <param name="grainId">The grain.</param>
    /// <exception cref="ArgumentException">The key is not a number.</exception>
    public static long GetIntegerKey(this GrainId grainId) => grainId.TryGetIntegerKey(out var key, out _)
        ? key
        : throw new ArgumentException($"The key of {grainId} is not an integer.", nameof(grainId));
}
