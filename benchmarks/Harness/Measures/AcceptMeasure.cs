using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>As fast as it goes, with 16 and with 64 connections: accepting, while delivery goes on, and from end to end.</summary>
internal sealed class AcceptMeasure() : Measure("accept")
{
    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var figures = new List<Figure>();
        foreach (var connections in rig.Settings.Connections)
        {
            var label = $"{connections} connections";
            var order = new LoadOrder { Port = 0, Run = 0, Count = rig.Settings.Scaled(rig.Settings.Messages), Connections = connections };
            var round = await rig.RoundAsync(subject, order);
            figures.Add(new($"{label}: accepted, messages/s", round.AcceptRate, true));
            figures.Add(new($"{label}: 202 p50, ms", round.Sent.Latency.P50));
            figures.Add(new($"{label}: 202 p95, ms", round.Sent.Latency.P95));
            figures.Add(new($"{label}: 202 p99, ms", round.Sent.Latency.P99));
            figures.Add(new($"{label}: end to end, messages/s", round.EndToEndRate, true));
            figures.AddRange(round.Costs(label));
        }

        return figures;
    }
}
