using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Messages accepted 1,000 a request.</summary>
internal sealed class BatchMeasure() : Measure("batch")
{
    private const int PerRequest = 1_000;
    private const int Connections = 4;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var round = await rig.RoundAsync(
            subject,
            new LoadOrder
            {
                Port = 0,
                Run = 0,
                Count = rig.Settings.Scaled(2 * rig.Settings.Messages),
                Connections = Connections,
                PerRequest = PerRequest,
            });
        return
        [
            new("batches of 1,000: accepted, messages/s", round.AcceptRate, true),
            new("batches of 1,000: 207 or 202 p50, ms", round.Sent.Latency.P50),
            new("batches of 1,000: end to end, messages/s", round.EndToEndRate, true),
            .. round.Costs("batches of 1,000"),
        ];
    }
}
