using System.Diagnostics;
using System.Text.Json;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Makes dead letters, by messages to a downstream that refuses them at once.</summary>
internal static class Letters
{
    /// <summary>The downstream that refuses.</summary>
    public const string Target = "refusing";

    private const int PerRequest = 100;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(30);

    /// <summary>Messages that will be letters.</summary>
    /// <param name="rig">Announces the run.</param>
    /// <param name="subject">To whom.</param>
    /// <param name="count">How many.</param>
    /// <param name="more">More members of the payload, each with a comma before it.</param>
    /// <param name="error">The type of their error: one that is not tried again.</param>
    public static async Task<LoadOrder> OrderAsync(Rig rig, Subject subject, int count, string more = "", string error = "VALIDATION_ERROR") => new()
    {
        Port = subject.Place.Port,
        Run = await rig.BeginAsync(count),
        Count = count,
        Target = Target,
        MorePayload = $",\"simulateError\":true,\"errorType\":\"{error}\"{more}",
    };

    /// <summary>Sends as many as fast as they are taken.</summary>
    /// <inheritdoc cref="OrderAsync"/>
    public static async Task FillAsync(Subject subject, Rig rig, int count, string more = "", string error = "VALIDATION_ERROR") =>
        await rig.SendAsync(await OrderAsync(rig, subject, count, more, error) with { PerRequest = Math.Min(PerRequest, count) });

    /// <summary>Waits until so many letters are there.</summary>
    /// <param name="subject">Where.</param>
    /// <param name="count">How many.</param>
    public static async Task UntilAsync(Subject subject, long count)
    {
        var since = Stopwatch.GetTimestamp();
        while (await TotalAsync(subject) < count)
        {
            if (Stopwatch.GetElapsedTime(since) > _patience) throw new InvalidOperationException("The letters do not come in.");
            await Task.Delay(_look);
        }
    }

    private static async Task<long> TotalAsync(Subject subject)
    {
        using var stats = await subject.Http.GetFromJsonAsync<JsonDocument>("/api/dlq/stats");
        return stats!.RootElement.GetProperty("total").GetInt64();
    }
}
