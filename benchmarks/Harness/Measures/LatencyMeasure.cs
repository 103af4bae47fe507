using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>At a rate that all can keep: how long from when a message should have been sent to its 202, and to its delivery.</summary>
internal sealed class LatencyMeasure() : Measure("latency")
{
    private const int Seconds = 15;
    private const int Connections = 128;

    private static readonly int[] _rates = [500, 1_000];

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var figures = new List<Figure>();
        foreach (var rate in _rates)
        {
            var label = $"{rate}/s";
            var round = await rig.RoundAsync(
                subject,
                new LoadOrder { Port = 0, Run = 0, Count = rig.Settings.Scaled(rate * Seconds), Connections = Connections, Pace = Pace.Open, Rate = rate });
            figures.Add(new($"{label}: 202 p50, ms", round.Sent.Latency.P50));
            figures.Add(new($"{label}: 202 p99, ms", round.Sent.Latency.P99));
            figures.Add(new($"{label}: delivery p50, ms", round.Received.Latency!.P50));
            figures.Add(new($"{label}: delivery p95, ms", round.Received.Latency.P95));
            figures.Add(new($"{label}: delivery p99, ms", round.Received.Latency.P99));
            figures.AddRange(round.Costs(label));
        }

        return figures;
    }
}
