using System.Diagnostics;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Killed when half of the messages have been delivered, and started again a second later; clients insist until each is accepted.</summary>
internal sealed class CrashMeasure() : Measure("crash")
{
    private const int Count = 20_000;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.Recovers;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var count = rig.Settings.Scaled(Count);
        var run = await rig.BeginAsync(count);
        var sending = rig.SendAsync(new LoadOrder { Port = subject.Place.Port, Run = run, Count = count, Insist = true });
        while ((await rig.AskReceiverAsync(new ReceiverOrder())).Unique < count / 2) await Task.Delay(_look);
        await subject.KillAsync();
        await Task.Delay(_away);
        var restarted = Stopwatch.GetTimestamp();
        await subject.StartAsync();
        var ready = Stopwatch.GetElapsedTime(restarted);
        var sent = await sending;
        var received = await rig.WaitForAsync(count);
        return
        [
            new("killed at half: ready again after, s", ready.TotalSeconds),
            new("killed at half: from the restart to the last delivery, s", Stopwatch.GetElapsedTime(restarted, received.LastAt).TotalSeconds),
            new("killed at half: lost", sent.Accepted - received.Unique),
            new("killed at half: repeated", received.Repeats),
        ];
    }
}
