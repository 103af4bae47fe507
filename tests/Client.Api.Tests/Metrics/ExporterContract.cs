using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using DlqCluster.Api.Metrics;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DlqCluster.Api.Tests.Metrics;

/// <summary>What every exporter must write.</summary>
public abstract class ExporterContract : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory _factory;
    private readonly Meter _meter;
    private readonly MetricsCollector _collector;

    private protected ExporterContract(IMetricsExporter exporter)
    {
        _factory = _services.GetRequiredService<IMeterFactory>();
        _meter = _factory.Create(DlqMetrics.MeterName);
        _collector = new MetricsCollector(_factory, exporter, Options.Create(new MetricsOptions { MaxSeries = 5 }), NullLogger<MetricsCollector>.Instance);
        Assert.True(_collector.StartingAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _services.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Counters_add_up()
    {
        var counter = _meter.CreateCounter<long>("things_total", null, "Things \\ and\nlines");
        counter.Add(2);
        counter.Add(3);
        counter.Add(1, new KeyValuePair<string, object?>("kind", "a"));
        var fractions = _meter.CreateCounter<double>("fractions_total");
        fractions.Add(0.25);

        var text = Scrape();

        Assert.Contains("# HELP things_total Things \\\\ and\\nlines\n# TYPE things_total counter\n", text, StringComparison.Ordinal);
        var read = Exposition.Parse(text);
        Assert.Equal(5, read["things_total"]);
        Assert.Equal(1, read["things_total{kind=\"a\"}"]);
        Assert.Equal(0.25, read["fractions_total"]);
    }

    [Fact]
    public void Gauges_show_the_last_and_up_down_counters_the_sum()
    {
        var gauge = _meter.CreateGauge<int>("level");
        gauge.Record(7);
        gauge.Record(-3);
        var upDown = _meter.CreateUpDownCounter<short>("open");
        upDown.Add(5);
        upDown.Add(-2);

        var read = Exposition.Parse(Scrape());

        Assert.Equal(-3, read["level"]);
        Assert.Equal(3, read["open"]);
        Assert.Equal("gauge", read.Types["open"]);
    }

    [Fact]
    public void Histograms_have_cumulative_buckets_with_the_advised_bounds()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] };
        var histogram = _meter.CreateHistogram("took_seconds", null, null, null, advice);
        foreach (var value in new[] { 0.05, 0.1, 0.5, 2, double.NaN }) histogram.Record(value);
        _meter.CreateHistogram<int>("sizes").Record(30, new KeyValuePair<string, object?>("le", "mine"));

        var read = Exposition.Parse(Scrape());

        Assert.Equal(2, read["took_seconds_bucket{le=\"0.1\"}"]);
        Assert.Equal(3, read["took_seconds_bucket{le=\"1\"}"]);
        Assert.Equal(4, read["took_seconds_bucket{le=\"+Inf\"}"]);
        Assert.Equal(4, read["took_seconds_count"]);
        Assert.Equal(2.65, read["took_seconds_sum"], 9);
        Assert.Equal(0, read["sizes_bucket{exported_le=\"mine\",le=\"25\"}"]);
        Assert.Equal(1, read["sizes_bucket{exported_le=\"mine\",le=\"50\"}"]);
    }

    [Fact]
    public void Observed_instruments_are_read_at_each_scrape_and_forgotten_when_they_say_nothing()
    {
        var rooms = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 };
        _meter.CreateObservableGauge("rooms", () => rooms.Select(room => new Measurement<int>(room.Value, new KeyValuePair<string, object?>("name", room.Key))));
        _meter.CreateObservableCounter("ticks_total", () => 41L);
        _meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException("broken"));
        Assert.Equal(2, Exposition.Parse(Scrape())["rooms{name=\"b\"}"]);

        rooms.Remove("b");
        var read = Exposition.Parse(Scrape());

        Assert.Equal(1, read["rooms{name=\"a\"}"]);
        Assert.False(read.Samples.ContainsKey("rooms{name=\"b\"}"));
        Assert.Equal(41, read["ticks_total"]);
    }

    [Fact]
    public void Labels_are_sanitised_escaped_sorted_and_unique()
    {
        var counter = _meter.CreateCounter<int>("labels_total");
        counter.Add(1, new("z.b", "say \"hi\"\\\n"), new("a", true), new("9", 5), new("empty", null), new("__own", 1.5));
        counter.Add(1, new KeyValuePair<string, object?>("x", 1), new KeyValuePair<string, object?>("y", 2));
        counter.Add(1, new KeyValuePair<string, object?>("y", "2"), new KeyValuePair<string, object?>("x", "1"));

        var read = Exposition.Parse(Scrape());

        Assert.Equal(1, read["labels_total{_9=\"5\",a=\"true\",label__own=\"1.5\",z_b=\"say \\\"hi\\\"\\\\\\n\"}"]);
        Assert.Equal(2, read["labels_total{x=\"1\",y=\"2\"}"]);
    }

    [Fact]
    public void Names_in_open_telemetrys_style_get_unit_and_suffix()
    {
        _meter.CreateCounter<int>("cpu.time", "s").Add(1);
        _meter.CreateHistogram<double>("request.duration", "s").Record(0.3);
        _meter.CreateUpDownCounter<int>("queue.length", "{item}").Add(1);
        _meter.CreateGauge<int>("memory.size", "By").Record(1);
        _meter.CreateCounter<int>("already_named", "s").Add(1);
        _meter.CreateUpDownCounter<int>("timer.count", "{timer}").Add(1);
        _meter.CreateCounter<int>("9 odd-näme").Add(1);

        var types = Exposition.Parse(Scrape()).Types;

        Assert.Superset(
            new HashSet<string> { "cpu_time_seconds_total", "request_duration_seconds", "queue_length", "memory_size_bytes", "already_named", "timer_number" },
            types.Keys.ToHashSet());
    }

    [Fact]
    public void Series_are_limited_and_what_is_dropped_is_counted()
    {
        var counter = _meter.CreateCounter<int>("many_total");
        for (var i = 0; i < 100; i++) counter.Add(1, new KeyValuePair<string, object?>("i", i));
        _meter.CreateObservableGauge("many_rooms", () => Enumerable.Range(0, 8).Select(i => new Measurement<int>(1, new KeyValuePair<string, object?>("i", i))));

        var read = Exposition.Parse(Scrape());

        Assert.Equal(5, read.Sum("many_total"));
        Assert.Equal(5, read.Sum("many_rooms"));
        Assert.Equal(95, read["metrics_dropped_total{metric=\"many_total\"}"]);
        Assert.Equal(3, read["metrics_dropped_total{metric=\"many_rooms\"}"]);
    }

    [Fact]
    public void Names_that_meet_are_one_metric_or_one_is_left_out()
    {
        _meter.CreateCounter<int>("meet_total").Add(1);
        _factory.Create(new MeterOptions(DlqMetrics.MeterName) { Version = "2" }).CreateCounter<long>("meet_total").Add(2);
        _meter.CreateGauge<int>("meet.total").Record(9);
        _meter.CreateHistogram<int>("shape").Record(1);
        _meter.CreateCounter<int>("shape_count").Add(50);

        var read = Exposition.Parse(Scrape());

        Assert.Equal(3, read["meet_total"]);
        Assert.Equal(1, read["shape_count"]);
    }

    [Fact]
    public void Other_meters_and_other_hosts_are_not_ours()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create(DlqMetrics.MeterName).CreateCounter<int>("foreign_total").Add(1);
        _factory.Create("Somebody.Else").CreateCounter<int>("unknown_total").Add(1);

        var types = Exposition.Parse(Scrape()).Types;

        Assert.False(types.ContainsKey("foreign_total"));
        Assert.False(types.ContainsKey("unknown_total"));
    }

    [Fact]
    public void Threads_lose_nothing_and_recording_allocates_nothing()
    {
        var counter = _meter.CreateCounter<double>("threads_total");
        var histogram = _meter.CreateHistogram<double>("threads_seconds");
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("status", "ok"));
                histogram.Record(0.5);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) counter.Add(0, new KeyValuePair<string, object?>("status", "ok"));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        var read = Exposition.Parse(Scrape());
        Assert.Equal(200_000, read["threads_total{status=\"ok\"}"]);
        Assert.Equal(200_000, read["threads_seconds_count"]);
        Assert.Equal(100_000, read["threads_seconds_sum"]);
        Assert.True(allocated < 1_000, $"{allocated} bytes for 1,000 measurements");
    }

    private string Scrape()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _collector.Write(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
