using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>What a message costs while 1,000, 100,000 and (in full) 1,000,000 others wait for a later time.</summary>
internal sealed class BacklogMeasure() : Measure("backlog")
{
    private const int PerRequest = 100;
    private const int Count = 20_000;

    private static readonly int[] _waiting = [1_000, 100_000, 1_000_000];

    private static readonly TimeSpan _later = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public override bool WantsFresh => true;

    /// <inheritdoc/>
    public override bool Suits(Subject subject) => subject.IsService;

    /// <inheritdoc/>
    public override async Task<List<Figure>> RunAsync(Subject subject, Rig rig)
    {
        var figures = new List<Figure>();
        var waiting = 0;
        foreach (var wanted in _waiting.Where(count => count <= Math.Max(100_000, rig.Settings.Waiting)).Select(rig.Settings.Scaled))
        {
            var more = wanted - waiting;
            var run = await rig.BeginAsync(more);
            await rig.SendAsync(new LoadOrder
            {
                Port = subject.Place.Port,
                Run = run,
                Count = more,
                PerRequest = PerRequest,
                DeliverAt = DateTimeOffset.UtcNow + _later,
            });
            waiting = wanted;
            var label = $"{wanted:N0} waiting";
            var round = await rig.RoundAsync(subject, new LoadOrder { Port = 0, Run = 0, Count = rig.Settings.Scaled(Count) });
            figures.Add(new($"{label}: end to end, messages/s", round.EndToEndRate, true));
            figures.AddRange(round.Costs(label));
            figures.Add(new($"{label}: memory of all its processes, MiB", subject.ResidentMb()));
        }

        return figures;
    }
}
