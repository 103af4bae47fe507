using System.Diagnostics;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Many messages of 1 KB that are all due at one later time: the memory that they take, and how they are caught up with.</summary>
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
            PerRequest = subject.IsService ? PerRequest : 1,
        });
        var accepted = await Usage.OfAsync(subject, rig);
        if (DateTimeOffset.UtcNow < due - (_rest / 2)) await Task.Delay(due - (_rest / 2) - DateTimeOffset.UtcNow);
        figures.Add(new($"{count:N0} scheduled: memory of all its processes, MiB", subject.ResidentMb()));
        if (DateTimeOffset.UtcNow < due) await Task.Delay(due - DateTimeOffset.UtcNow);

        // Both clocks are read at the same moment: arrivals are told in ticks of the stopwatch.
        var dueAt = Stopwatch.GetTimestamp() - (long)((DateTimeOffset.UtcNow - due).TotalSeconds * Stopwatch.Frequency);
        var round = new Round(sent, await rig.WaitForAsync(sent.Accepted), accepted, await Usage.OfAsync(subject, rig));
        var seconds = Stopwatch.GetElapsedTime(dueAt, round.Received.LastAt).TotalSeconds;
        figures.Add(new($"{count:N0} scheduled: CPU to accept, µs/message", (accepted.Subject - before.Subject) * 1e6 / sent.Accepted));
        figures.Add(new($"{count:N0} due at once: from due to the last delivery, s", seconds));
        figures.Add(new($"{count:N0} due at once: delivered, messages/s", round.Received.Unique / seconds, true));
        figures.AddRange(round.Costs($"{count:N0} due at once"));
        figures.Add(new($"{count:N0} due at once: memory of all its processes afterwards, MiB", subject.ResidentMb()));
        return figures;
    }
}
