using System.Diagnostics;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>
/// Many messages of 1 KB that are due at one later time, or from it on over some time: the memory that they take, a restart with them, and how they are
/// caught up with.
/// </summary>
internal sealed class ScheduledMeasure() : Measure("scheduled")
{
    // How far ahead: time enough to submit them all, at a rate that the slowest subject keeps.
    private const int SubmittedPerSecond = 1_500;
    private const int PerRequest = 100;

    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.HasSchedules;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var figures = new List<Figure> { new("before: memory of all its processes, MiB", subject.ResidentMb()) };
        var count = rig.Settings.Scaled(rig.Settings.Waiting);
        var run = await rig.BeginAsync(count);
        var due = DateTimeOffset.UtcNow + _rest + TimeSpan.FromSeconds(count / (double)SubmittedPerSecond);
        var before = await Usage.OfAsync(subject, rig);
        var sent = await rig.SendAsync(new LoadOrder
        {
            Port = subject.Place.Port,
            Run = run,
            Count = count,
            DeliverAt = due,
            DueOverSeconds = rig.Settings.DueOver,
            PerRequest = subject.IsService ? PerRequest : 1,
        });
        var accepted = await Usage.OfAsync(subject, rig);
        figures.Add(new($"{count:N0} scheduled: accepted, messages/s", sent.Accepted / (sent.ElapsedMs / 1000), true));
        figures.Add(new($"{count:N0} scheduled: CPU to accept, µs/message", (accepted.Subject - before.Subject) * 1e6 / sent.Accepted));
        figures.Add(new($"{count:N0} scheduled: most memory of all its processes while they came, MiB", subject.PeakMb()));
        if (DateTimeOffset.UtcNow < due - (_rest / 2)) await Task.Delay(due - (_rest / 2) - DateTimeOffset.UtcNow);
        figures.Add(new($"{count:N0} scheduled: memory of all its processes, MiB", subject.ResidentMb()));
        figures.AddRange(await RestartAsync(subject, count));
        if (DateTimeOffset.UtcNow < due) await Task.Delay(due - DateTimeOffset.UtcNow);

        // Both clocks are read at the same moment: arrivals are told in ticks of the stopwatch.
        var dueAt = Stopwatch.GetTimestamp() - (long)((DateTimeOffset.UtcNow - due).TotalSeconds * Stopwatch.Frequency);
        var since = await Usage.OfAsync(subject, rig);
        var received = await rig.WaitForAsync(sent.Accepted, withLatency: true);
        var round = new Round(sent, received, since, await Usage.OfAsync(subject, rig));
        figures.AddRange(rig.Settings.DueOver > 0 ? Lateness($"{count:N0} due over {rig.Settings.DueOver} s", received) : CatchUp($"{count:N0} due at once", dueAt, received));
        figures.AddRange(round.Costs($"{count:N0} due"));
        figures.Add(new($"{count:N0} due: memory of all its processes afterwards, MiB", subject.ResidentMb()));
        return figures;
    }

    private static async Task<List<Figure>> RestartAsync(Subject subject, int count)
    {
        if (!subject.IsService) return [];
        await subject.KillAsync();
        var restarted = Stopwatch.GetTimestamp();
        await subject.StartAsync();
        return [new($"{count:N0} scheduled: killed, ready again after, s", Stopwatch.GetElapsedTime(restarted).TotalSeconds)];
    }

    private static Figure[] CatchUp(string label, long dueAt, ReceiverReport received)
    {
        var seconds = Stopwatch.GetElapsedTime(dueAt, received.LastAt).TotalSeconds;
        return [new($"{label}: from due to the last delivery, s", seconds), new($"{label}: delivered, messages/s", received.Unique / seconds, true)];
    }

    private static Figure[] Lateness(string label, ReceiverReport received) =>
    [
        new($"{label}: late by p50, ms", received.Latency!.P50),
        new($"{label}: late by p95, ms", received.Latency.P95),
        new($"{label}: late by p99, ms", received.Latency.P99),
        new($"{label}: late by at most, ms", received.Latency.Max),
    ];
}
