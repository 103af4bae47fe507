using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>
/// A replay job over many letters at 200 a second, killed at a third and at two thirds: whether it keeps its rate, and delivers each letter once.
/// </summary>
internal sealed class JobMeasure() : Measure("job")
{
    private const int PerSecond = 200;

    private static readonly TimeSpan _away = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var count = rig.Settings.Scaled(rig.Settings.Waiting);
        var label = string.Create(CultureInfo.InvariantCulture, $"a job over {count:N0} letters at {PerSecond}/s");
        await Letters.FillAsync(subject, rig, count);
        await Letters.UntilAsync(subject, count);
        await SendAsync(subject, HttpMethod.Put, $"/api/downstreams/{Letters.Target}", new { kind = "http", url = subject.Place.Target });
        using var job = await SendAsync(subject, HttpMethod.Post, "/api/dlq/replay-batch", new { filter = new { }, ratePerSecond = PerSecond, reason = "measured" });
        var id = job.RootElement.GetProperty("jobId").GetString()!;

        var rates = new List<float>();
        foreach (var share in new[] { 1.0 / 3, 2.0 / 3 })
        {
            await WatchAsync(rig, (int)(count * share), rates);
            await subject.KillAsync();
            await Task.Delay(_away);
            await subject.StartAsync();
        }

        await WatchAsync(rig, count, rates);
        var received = await rig.WaitForAsync(count);
        var ended = await EndAsync(subject, id);
        rates.Sort();
        return
        [
            new($"{label}: slowest ten seconds, /s", rates.Count == 0 ? 0 : rates[0], true),
            new($"{label}: median ten seconds, /s", rates.Count == 0 ? 0 : rates[rates.Count / 2], null),
            new($"{label}: fastest ten seconds, /s", rates.Count == 0 ? 0 : rates[^1]),
            new($"{label}: lost", count - received.Unique),
            new($"{label}: repeated, in two kills", received.Repeats),
            new($"{label}: delivered, as the job says", ended.GetProperty("delivered").GetInt64(), null),
            new($"{label}: skipped or failed, as the job says", ended.GetProperty("failed").GetInt64() + ended.GetProperty("skipped").GetInt64()),
        ];
    }

    // Whole windows only: the start after a kill and the last letters have no rate.
    private static async Task WatchAsync(Rig rig, int until, List<float> rates)
    {
        var seen = (await rig.AskReceiverAsync(new ReceiverOrder())).Unique;
        while ((await rig.AskReceiverAsync(new ReceiverOrder())).Unique == seen) await Task.Delay(_look);
        while (true)
        {
            var before = (await rig.AskReceiverAsync(new ReceiverOrder())).Unique;
            var since = Stopwatch.GetTimestamp();
            var after = before;
            while (after < until && Stopwatch.GetElapsedTime(since) < _window)
            {
                await Task.Delay(_look);
                after = (await rig.AskReceiverAsync(new ReceiverOrder())).Unique;
            }

            if (after >= until) return;
            rates.Add((float)((after - before) / Stopwatch.GetElapsedTime(since).TotalSeconds));
        }
    }

    private static async Task<JsonElement> EndAsync(Subject subject, string id)
    {
        while (true)
        {
            using var job = await SendAsync(subject, HttpMethod.Get, $"/api/replays/{id}", null);
            if (job.RootElement.GetProperty("state").GetString() is "completed" or "stopped" or "cancelled") return job.RootElement.Clone();
            await Task.Delay(_look);
        }
    }

    private static async Task<JsonDocument> SendAsync(Subject subject, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await subject.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonDocument.Parse(answer) : throw new InvalidOperationException($"{method} {path}: {answer}");
    }
}
