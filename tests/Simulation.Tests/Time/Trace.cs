using System.Globalization;
using System.Text;

namespace DlqCluster.Simulation.Time;

/// <summary>What happened, in order. Two runs of one seed write the same, byte for byte; its hash also covers every pick of the scheduler.</summary>
/// <param name="keepsText">Whether to keep the text, and not only its hash.</param>
internal sealed class Trace(bool keepsText)
{
    private const ulong Prime = 0x100000001B3;

    private readonly StringBuilder? _text = keepsText ? new StringBuilder() : null;
    private ulong _hash = 0xCBF29CE484222325;

    /// <summary>Where the clock is read for the lines.</summary>
    public SimulatedTime? Time { get; set; }

    /// <summary>The hash, as 16 hex digits.</summary>
    public string Hash => _hash.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The text, when it is kept.</summary>
    public string Text => _text?.ToString() ?? "";

    /// <summary>Notes a line.</summary>
    public void Add(string line)
    {
        foreach (var c in line) _hash = (_hash ^ c) * Prime;
        _text?.Append(CultureInfo.InvariantCulture, $"{Time?.Elapsed.TotalMilliseconds ?? 0,12:F4} {line}").Append('\n');
    }

    /// <summary>Notes a number, in the hash alone.</summary>
    public void Mix(ulong bits) => _hash = (_hash ^ bits) * Prime;
}
