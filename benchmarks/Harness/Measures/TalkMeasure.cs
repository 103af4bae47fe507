using System.Globalization;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>500 messages a second through 1,000 conversations for five minutes, and 25 notifications a second for one.</summary>
internal sealed class TalkMeasure() : Measure("talk")
{
    private const string Lag = "stream_partition_lag{";
    private const int Connections = 64;
    private const int TextBytes = 200;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    private static readonly (string Name, LoadKind Kind, int Rate, int Seconds)[] _loads =
    [
        ("conversations at 500/s", LoadKind.Conversation, 500, 300),
        ("notifications at 25/s", LoadKind.Notification, 25, 60),
    ];

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var figures = new List<Figure>();
        foreach (var (label, kind, rate, seconds) in _loads)
        {
            using var end = new CancellationTokenSource();
            var watching = WatchAsync(subject, end.Token);
            var round = await rig.RoundAsync(
                subject,
                new LoadOrder
                {
                    Port = 0,
                    Run = 0,
                    Kind = kind,
                    Count = rig.Settings.Scaled(rate * seconds),
                    Connections = Connections,
                    Pace = Pace.Open,
                    Rate = rate,
                    TextBytes = TextBytes,
                });
            await end.CancelAsync();
            figures.Add(new($"{label}: accepted, messages/s", round.AcceptRate, true));
            figures.Add(new($"{label}: 202 p95, ms", round.Sent.Latency.P95));
            figures.Add(new($"{label}: delivery p95, ms", round.Received.Latency!.P95));
            figures.Add(new($"{label}: delivery p99, ms", round.Received.Latency.P99));
            figures.Add(new($"{label}: greatest lag of a partition, messages", await watching));
            figures.AddRange(round.Costs(label));
        }

        return figures;
    }

    private static async Task<double> WatchAsync(Subject subject, CancellationToken end)
    {
        var greatest = 0.0;
        while (!end.IsCancellationRequested)
        {
            var metrics = await subject.Http.GetStringAsync("/metrics", CancellationToken.None);
            greatest = metrics.Split('\n').Where(static line => line.StartsWith(Lag, StringComparison.Ordinal))
                .Select(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).Append(greatest).Max();
            await Task.Delay(_look, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        return greatest;
    }
}
