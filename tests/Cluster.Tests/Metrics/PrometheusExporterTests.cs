using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using DlqCluster.Api.Metrics;
using DlqCluster.Api.Tests.Metrics;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cluster.Metrics;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Tests.Metrics;

/// <summary>prometheus-net writes what the exporter of the other engine writes.</summary>
public sealed class PrometheusExporterTests() : ExporterContract(new PrometheusExporter())
{
    [Fact]
    [Trait("Spec", "OB1")]
    public void Names_types_and_values_are_those_of_the_other_engine()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var product = new DlqMetrics(factory);
        using var own = Listen(factory, new TextExporter());
        using var prometheus = Listen(factory, new PrometheusExporter());
        var meter = factory.Create("Microsoft.Orleans");
        meter.CreateCounter<int>("orleans-app-requests").Add(3, new KeyValuePair<string, object?>("grain.type", "message"));
        meter.CreateHistogram<double>("orleans-latency", "ms").Record(70);
        meter.CreateObservableCounter("orleans-ticks", () => 12L);
        meter.CreateUpDownCounter<int>("orleans-open").Add(-2);
        factory.Create(DlqMetrics.MeterName).CreateObservableGauge("rooms", () => new Measurement<int>(7, new KeyValuePair<string, object?>("name", "a")));

        var (expected, found) = (Scrape(own), Scrape(prometheus));

        // Other tests throw meanwhile, and an exporter tells only of exceptions that came after it began.
        static bool IsOurs(string name) => !name.StartsWith("dotnet_exceptions", StringComparison.Ordinal);
        Assert.Equal(expected.Types.Where(type => IsOurs(type.Key)).OrderBy(type => type.Key), found.Types.Where(type => IsOurs(type.Key)).OrderBy(type => type.Key));
        Assert.Equal(expected.Samples.Keys.Where(IsOurs).Order(), found.Samples.Keys.Where(IsOurs).Order());
        // What the process uses has changed between the two looks.
        Assert.All(
            expected.Samples.Where(sample => !sample.Key.StartsWith("dotnet_", StringComparison.Ordinal)),
            sample => Assert.Equal(sample.Value, found[sample.Key]));
        Assert.Equal(7, found["rooms{name=\"a\"}"]);
        Assert.Equal("histogram", found.Types["message_processing_duration_seconds"]);
    }

    private static MetricsCollector Listen(IMeterFactory factory, IMetricsExporter exporter)
    {
        var collector = new MetricsCollector(factory, exporter, Options.Create(new MetricsOptions()), NullLogger<MetricsCollector>.Instance);
        Assert.True(collector.StartingAsync(CancellationToken.None).IsCompletedSuccessfully);
        return collector;
    }

    private static Exposition Scrape(MetricsCollector collector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        collector.Write(buffer);
        return Exposition.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
