using System.Diagnostics.Metrics;

namespace DlqCluster.Api.Metrics;

/// <summary>How an instrument is shown to Prometheus, whoever writes it.</summary>
/// <param name="Name">The metric's name.</param>
/// <param name="Type">Its Prometheus type.</param>
/// <param name="Help">What it means.</param>
/// <param name="IsObserved">Whether it is asked for its values at each scrape.</param>
/// <param name="AddsUp">Whether what is recorded adds up; otherwise the last value counts.</param>
/// <param name="Bounds">A histogram's buckets, growing.</param>
/// <param name="Scale">What a value is multiplied by, to be in Prometheus' base unit.</param>
internal sealed record MetricShape(string Name, string Type, string Help, bool IsObserved, bool AddsUp, double[] Bounds, double Scale = 1)
{
    // OpenTelemetry's defaults.
    private static readonly double[] _seconds = [.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] _others = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

    private enum Kind
    {
        Unknown,
        Counter,
        UpDownCounter,
        Gauge,
        Histogram,
    }

    /// <summary>The shape of an instrument; null when it is of a kind that is not known.</summary>
    /// <param name="instrument">The instrument.</param>
    public static MetricShape? Of(Instrument instrument)
    {
        var kind = KindOf(instrument);
        if (kind == Kind.Unknown) return null;
        var type = kind switch
        {
            Kind.Counter => MetricTypes.Counter,
            Kind.Histogram => MetricTypes.Histogram,
            _ => MetricTypes.Gauge,
        };
        return new(
            MetricNames.Metric(instrument, kind == Kind.Counter),
            type,
            string.IsNullOrEmpty(instrument.Description) ? $"{instrument.Name} of {instrument.Meter.Name}." : instrument.Description,
            instrument.IsObservable,
            kind is Kind.Counter or Kind.UpDownCounter,
            kind == Kind.Histogram ? BoundsOf(instrument) : [],
            MetricNames.Scale(instrument.Unit));
    }

    private static Kind KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        if (!type.IsGenericType) return Kind.Unknown;
        var generic = type.GetGenericTypeDefinition();
        if (generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>)) return Kind.Counter;
        if (generic == typeof(UpDownCounter<>) || generic == typeof(ObservableUpDownCounter<>)) return Kind.UpDownCounter;
        if (generic == typeof(Gauge<>) || generic == typeof(ObservableGauge<>)) return Kind.Gauge;
        return generic == typeof(Histogram<>) ? Kind.Histogram : Kind.Unknown;
    }

    private static double[] BoundsOf(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<float> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<decimal> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<long> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<int> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<short> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            Histogram<byte> histogram => Convert(histogram.Advice?.HistogramBucketBoundaries),
            _ => null,
        };
        return advised?.Select(bound => bound * MetricNames.Scale(instrument.Unit)).ToArray() ?? (instrument.Unit is "s" or "ms" || instrument.Name.EndsWith("_seconds", StringComparison.Ordinal) ? _seconds : _others);
    }

    private static double[]? Convert<T>(IReadOnlyList<T>? bounds)
        where T : IConvertible =>
        // Infinity is the bucket that is always there.
        bounds is null ? null : [.. bounds.Select(bound => bound.ToDouble(null)).Where(double.IsFinite).Distinct().Order()];
}
