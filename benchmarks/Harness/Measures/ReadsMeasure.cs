using System.Globalization;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>What people read of many dead letters while 500 more come in every second: how long 95 of 100 answers take at most.</summary>
internal sealed class ReadsMeasure() : Measure("reads")
{
    private const int Tries = 40;
    private const int PerSecond = 500;
    private const int Connections = 64;

    // Longer than the reads take, or the last ones are read in silence: what is left of it is waited for.
    private const int Seconds = 60;

    private static readonly string[] _errors = ["VALIDATION_ERROR", "CLIENT_ERROR"];

    private static readonly (string Name, string Path)[] _reads =
    [
        ("the first page", "/api/dlq?pageSize=50"),
        ("page 100", "/api/dlq?pageSize=50&page=100"),
        ("by status, oldest first", "/api/dlq?status=dlq_manual&sort=createdAt&order=asc&pageSize=50"),
        ("by error type, last changed first", "/api/dlq?errorType=VALIDATION_ERROR&sort=updatedAt&pageSize=50"),
        ("by error type, next replay first", "/api/dlq?errorType=VALIDATION_ERROR&sort=nextRetryAt&order=asc&pageSize=50"),
        ("by error type, most replays first", "/api/dlq?errorType=VALIDATION_ERROR&sort=dlqRetryCount&pageSize=50"),
        ("by target and status", "/api/dlq?target=refusing&status=dlq_manual&pageSize=50"),
        ("by source, oldest first", "/api/dlq?source=bench&sort=createdAt&order=asc&pageSize=50"),
        ("by status, type, target and source", "/api/dlq?status=dlq_manual&errorType=CLIENT_ERROR&target=refusing&source=bench&pageSize=50"),
        ("what matches nothing", "/api/dlq?errorType=CLIENT_ERROR&source=nobody&pageSize=50"),
        ("the last hour", "/api/dlq?from={hour}&pageSize=50"),
        ("groups by fingerprint", "/api/dlq/groups?by=fingerprint"),
        ("groups by error type", "/api/dlq/groups?by=errorType"),
        ("statistics", "/api/dlq/stats"),
        ("a rare word", "/api/dlq?q=needle&pageSize=50"),
        ("a word that all have", "/api/dlq?q=xxxx&pageSize=50"),
    ];

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var count = rig.Settings.Scaled(rig.Settings.Waiting);
        foreach (var error in _errors) await Letters.FillAsync(subject, rig, count / _errors.Length, error: error);
        await Letters.FillAsync(subject, rig, count - (count / _errors.Length * _errors.Length) + 1, ",\"note\":\"needle\"");
        await Letters.UntilAsync(subject, count);

        var order = await Letters.OrderAsync(rig, subject, rig.Settings.Scaled(PerSecond * Seconds));
        var arriving = rig.SendAsync(order with { Pace = Pace.Open, Rate = PerSecond, Connections = Connections });
        var hourAgo = DateTimeOffset.UtcNow.AddHours(-1).UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var figures = new List<Figure>();
        var inTime = 0;
        foreach (var (name, path) in _reads)
        {
            var times = new float[Tries];
            for (var i = 0; i < Tries; i++)
            {
                times[i] = await subject.TimeGetAsync(path.Replace("{hour}", hourAgo, StringComparison.Ordinal));
                if (!arriving.IsCompleted) inTime++;
            }

            figures.Add(new($"{count:N0} letters and {PerSecond}/s more: {name}, p95 ms", Spread.Of(times).P95));
        }

        var sent = await arriving;
        figures.Add(new("reads while letters came in, of all, %", 100.0 * inTime / (_reads.Length * Tries), null));
        figures.Add(new("letters that came in meanwhile, /s", sent.Accepted / (sent.ElapsedMs / 1000), null));
        return figures;
    }
}
