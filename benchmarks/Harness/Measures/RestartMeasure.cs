using System.Diagnostics;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>Killed with many unfinished messages, of which none has been sent yet, since delivery is paused.</summary>
internal sealed class RestartMeasure() : Measure("restart")
{
    private const int PerRequest = 100;

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var count = rig.Settings.Scaled(rig.Settings.Waiting);
        var run = await rig.BeginAsync(count);
        await subject.PostAsync("/admin/delivery/pause");
        var sent = await rig.SendAsync(new LoadOrder { Port = subject.Place.Port, Run = run, Count = count, PerRequest = PerRequest });
        await subject.KillAsync();
        var restarted = Stopwatch.GetTimestamp();
        await subject.StartAsync();
        var ready = Stopwatch.GetElapsedTime(restarted);
        var before = await Usage.OfAsync(subject, rig);
        var resumed = Stopwatch.GetTimestamp();
        await subject.PostAsync("/admin/delivery/resume");
        var round = new Round(sent, await rig.WaitForAsync(sent.Accepted), before, await Usage.OfAsync(subject, rig));
        return
        [
            new($"{count:N0} unfinished: ready again after, s", ready.TotalSeconds),
            new($"{count:N0} unfinished: from the resumption to the last delivery, s", Stopwatch.GetElapsedTime(resumed, round.Received.LastAt).TotalSeconds),
            .. round.Costs($"{count:N0} unfinished"),
        ];
    }
}
