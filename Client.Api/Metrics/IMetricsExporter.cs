using System.Buffers;

namespace DlqCluster.Api.Metrics;

/// <summary>Keeps what the instruments measure, and writes it for Prometheus. Names, labels and values are the same whoever does it.</summary>
internal interface IMetricsExporter
{
    /// <summary>Makes a metric.</summary>
    /// <param name="shape">How it is shown.</param>
    /// <param name="maxSeries">The most series.</param>
    MetricFamily Create(MetricShape shape, int maxSeries);

    /// <summary>Writes metrics that it has made, in text format 0.0.4; one thread at a time.</summary>
    /// <param name="families">The metrics, by name.</param>
    /// <param name="output">Where to.</param>
    void Write(IReadOnlyList<MetricFamily> families, IBufferWriter<byte> output);
}

/// <summary>The exporter that needs no package.</summary>
internal sealed class TextExporter : IMetricsExporter
{
    /// <inheritdoc/>
    public MetricFamily Create(MetricShape shape, int maxSeries) =>
        shape.IsObserved ? new ObservedFamily(shape, maxSeries) : new RecordedFamily(shape, maxSeries);

    /// <inheritdoc/>
    public void Write(IReadOnlyList<MetricFamily> families, IBufferWriter<byte> output)
    {
        var writer = new ExpositionWriter(output);
        foreach (var family in families) ((TextFamily)family).Write(writer);
    }
}
