using DlqCluster.Api.Metrics;
using Prometheus;

namespace DlqCluster.Cluster.Metrics;

/// <summary>One series in prometheus-net's registry.</summary>
/// <param name="child">What keeps it.</param>
/// <param name="record">Takes a measurement.</param>
/// <param name="isLabelled">Whether it has labels.</param>
internal sealed class PrometheusSeries(ChildBase child, Action<double> record, bool isLabelled)
{
    /// <summary>Takes a measurement.</summary>
    /// <param name="value">The value.</param>
    public void Record(double value) => record(value);

    /// <summary>Is not shown any more; the one without labels is until it is given a value again.</summary>
    public void Drop()
    {
        if (isLabelled) child.Remove();
        else child.Unpublish();
    }
}

/// <summary>Makes the series of one metric.</summary>
/// <param name="metrics">Where they are kept.</param>
/// <param name="shape">The metric.</param>
internal sealed class PrometheusSeriesMaker(MetricFactory metrics, MetricShape shape)
{
    // A series is shown from its first value on.
    private readonly CounterConfiguration _counter = new() { SuppressInitialValue = true, ExemplarBehavior = ExemplarBehavior.NoExemplars() };
    private readonly GaugeConfiguration _gauge = new() { SuppressInitialValue = true };
    private readonly HistogramConfiguration _histogram = new()
    {
        SuppressInitialValue = true,
        ExemplarBehavior = ExemplarBehavior.NoExemplars(),
        Buckets = shape.Bounds.Length == 0 ? [double.PositiveInfinity] : shape.Bounds,
    };

    private readonly string _help = MetricNames.Help(shape.Help);

    /// <summary>Makes the series of some labels.</summary>
    /// <param name="labels">The labels, in their order.</param>
    public PrometheusSeries Make(IReadOnlyDictionary<string, string> labels)
    {
        string[] names = [.. labels.Keys];
        string[] values = [.. labels.Values];
        switch (shape.Type)
        {
            case MetricTypes.Counter:
                var counter = metrics.CreateCounter(shape.Name, _help, names, _counter).WithLabels(values);
                return new(counter, shape.IsObserved ? counter.IncTo : value => counter.Inc(Math.Max(0, value)), names.Length > 0);
            case MetricTypes.Histogram:
                var histogram = metrics.CreateHistogram(shape.Name, _help, names, _histogram).WithLabels(values);
                return new(histogram, value => Observe(histogram, value), names.Length > 0);
            default:
                var gauge = metrics.CreateGauge(shape.Name, _help, names, _gauge).WithLabels(values);
                return new(gauge, shape is { IsObserved: false, AddsUp: true } ? gauge.Inc : gauge.Set, names.Length > 0);
        }
    }

    private static void Observe(Histogram.Child histogram, double value)
    {
        if (!double.IsNaN(value)) histogram.Observe(value);
    }
}
