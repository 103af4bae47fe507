namespace DlqCluster.Api.Metrics;

/// <summary>What one combination of labels has come to. Any thread may record; none waits for another.</summary>
internal abstract class Series
{
    /// <summary>Takes a measurement.</summary>
    /// <param name="value">The value.</param>
    public abstract void Record(double value);

    /// <summary>Writes the series.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="name">The metric's name.</param>
    /// <param name="labels">The labels.</param>
    public abstract void Write(ExpositionWriter writer, string name, string labels);

    /// <summary>Adds to a number that other threads add to as well.</summary>
    /// <param name="target">The number.</param>
    /// <param name="value">What to add.</param>
    protected static void Add(ref double target, double value)
    {
        var known = Volatile.Read(ref target);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref target, known + value, known);
            // By bits, because a sum that has become NaN is not equal to itself.
            if (BitConverter.DoubleToInt64Bits(seen) == BitConverter.DoubleToInt64Bits(known)) return;
            known = seen;
        }
    }
}

/// <summary>A counter, or an up-down counter.</summary>
internal sealed class SumSeries : Series
{
    private double _sum;

    /// <inheritdoc/>
    public override void Record(double value) => Add(ref _sum, value);

    /// <inheritdoc/>
    public override void Write(ExpositionWriter writer, string name, string labels) => writer.Sample(name, labels, Volatile.Read(ref _sum));
}

/// <summary>A gauge: what was last recorded.</summary>
internal sealed class LastSeries : Series
{
    private double _last;

    /// <inheritdoc/>
    public override void Record(double value) => Volatile.Write(ref _last, value);

    /// <inheritdoc/>
    public override void Write(ExpositionWriter writer, string name, string labels) => writer.Sample(name, labels, Volatile.Read(ref _last));
}

/// <summary>A histogram.</summary>
/// <param name="bounds">The buckets' upper bounds, growing; each belongs to its bucket.</param>
internal sealed class HistogramSeries(double[] bounds) : Series
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <inheritdoc/>
    public override void Record(double value)
    {
        if (double.IsNaN(value)) return;
        var index = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _counts[index < 0 ? ~index : index]);
        Add(ref _sum, value);
    }

    /// <inheritdoc/>
    public override void Write(ExpositionWriter writer, string name, string labels)
    {
        // The count is that of the buckets, so that the two never disagree while others record.
        var count = 0L;
        for (var i = 0; i < bounds.Length; i++)
        {
            count += Volatile.Read(ref _counts[i]);
            writer.Bucket(name, labels, bounds[i], count);
        }

        count += Volatile.Read(ref _counts[^1]);
        writer.Bucket(name, labels, double.PositiveInfinity, count);
        writer.Sample(name + "_sum", labels, Volatile.Read(ref _sum));
        writer.Sample(name + "_count", labels, count);
    }
}
