using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Many dead letters: how fast they come in, how long the lists of people take over them, and how fast they are replayed.</summary>
internal sealed class LettersMeasure() : Measure("letters")
{
    private const int Tries = 5;
    private const int Replayed = 500;

    private static readonly (string Name, string Path)[] _lists =
    [
        ("the first page", "/api/dlq?pageSize=50"),
        ("page 100", "/api/dlq?pageSize=50&page=100"),
        ("one status and error type, oldest first", "/api/dlq?status=dlq_manual&errorType=VALIDATION_ERROR&sort=createdAt"),
        ("a word in the payload", "/api/dlq?q=needle"),
        ("statistics", "/api/dlq/stats"),
    ];

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var count = rig.Settings.Scaled(rig.Settings.Waiting);
        var figures = new List<Figure>();
        var cpu = subject.CpuSeconds();
        var since = Stopwatch.GetTimestamp();
        await Letters.FillAsync(subject, rig, count - 1);
        await Letters.FillAsync(subject, rig, 1, ",\"note\":\"needle\"");
        await Letters.UntilAsync(subject, count);
        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        figures.Add(new($"{count:N0} letters: dead-lettered, messages/s", count / seconds, true));
        figures.Add(new($"{count:N0} letters: CPU to dead-letter, µs/message", (subject.CpuSeconds() - cpu) * 1e6 / count));
        figures.Add(new($"{count:N0} letters: memory, MiB", subject.ResidentMb()));
        foreach (var (name, path) in _lists) figures.Add(new($"{count:N0} letters: {name}, ms", await TimeAsync(subject, path)));
        figures.AddRange(await ReplayAsync(subject, rig, count));
        return figures;
    }

    private static async Task<double> TimeAsync(Subject subject, string path)
    {
        var times = new float[Tries];
        for (var i = 0; i < Tries; i++) times[i] = await subject.TimeGetAsync(path);
        return Spread.Of(times).P50;
    }

    // One by one, to the downstream that takes them.
    private static async Task<List<Figure>> ReplayAsync(Subject subject, Rig rig, int count)
    {
        var replayed = Math.Min(Replayed, count);
        var label = string.Create(CultureInfo.InvariantCulture, $"{count:N0} letters: {replayed} replayed one by one");
        using var page = await subject.Http.GetFromJsonAsync<JsonDocument>($"/api/dlq?pageSize={replayed}");
        var ids = page!.RootElement.GetProperty("data").EnumerateArray().Select(static letter => letter.GetProperty("messageId").GetString()!).ToList();
        var run = await rig.BeginAsync(ids.Count);
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < ids.Count; i++)
        {
            var body = new { target = "default", payload = new { run, n = i, at = Stopwatch.GetTimestamp() } };
            using var response = await subject.Http.PostAsJsonAsync($"/api/dlq/{ids[i]}/replay", body);
            response.EnsureSuccessStatusCode();
        }

        var received = await rig.WaitForAsync(ids.Count);
        return
        [
            new($"{label}, letters/s", received.Unique / Stopwatch.GetElapsedTime(since, received.LastAt).TotalSeconds, true),
            new($"{label}: lost", ids.Count - received.Unique),
            new($"{label}: repeated", received.Repeats),
        ];
    }
}
