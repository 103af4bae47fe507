using System.Text;
using DlqCluster.Embedded;

namespace Orleans.Runtime;

/// <summary>An identifier as UTF-8 bytes, with its hash computed once.</summary>
[Immutable]
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    private readonly byte[]? _value;
    private readonly int _hashCode;

    /// <summary>Makes one of the given bytes, which nobody may change afterwards.</summary>
    /// <param name="value">The bytes.</param>
    public IdSpan(byte[] value)
    {
        _value = value;
        _hashCode = (int)XxHash32.Compute(value);
    }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value => _value;

    /// <summary>Whether there are no bytes.</summary>
    public bool IsDefault => _value is null || _value.Length == 0;

    /// <summary>Whether two are equal.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    /// <summary>Makes one of a text.</summary>
    /// <param name="id">The text.</param>
    public static IdSpan Create(string id) => new(Encoding.UTF8.GetBytes(id));

    /// <summary>The array behind an identifier, not a copy.</summary>
    /// <param name="id">The identifier.</param>
    public static byte[]? UnsafeGetArray(IdSpan id) => id._value;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> AsSpan() => _value;

    /// <inheritdoc/>
    public bool Equals(IdSpan obj) => ReferenceEquals(_value, obj._value)
        || (_value is not null && obj._value is not null && _hashCode == obj._hashCode && _value.AsSpan().SequenceEqual(obj._value));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);

    /// <summary>The hash, the same in every process.</summary>
    public override int GetHashCode() => _hashCode;

    /// <summary>The hash, the same in every process.</summary>
    public uint GetUniformHashCode() => (uint)_hashCode;

    /// <summary>Compares byte by byte; no bytes come first.</summary>
    /// <param name="other">The other.</param>
    public int CompareTo(IdSpan other)
    {
        if (_value is null) return other._value is null ? 0 : -1;
        return other._value is null ? 1 : _value.AsSpan().SequenceCompareTo(other._value);
    }

    /// <summary>The text.</summary>
    public override string ToString() => _value is null ? string.Empty : Encoding.UTF8.GetString(_value);
}
