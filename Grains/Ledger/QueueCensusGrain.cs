using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Ledger;

/// <summary>Adds up what the silos say. In memory: after a move everybody has said it again within an interval.</summary>
[GrainType("queue-census")]
internal sealed class QueueCensusGrain(TimeProvider time, IOptions<LedgerOptions> options) : Grain, IQueueCensusGrain
{
    private const int IntervalsKept = 3;

    private readonly Dictionary<string, (SiloWork Work, long At)> _silos = new(StringComparer.Ordinal);

    public Task<SiloWork> Exchange(string silo, SiloWork work)
    {
        _silos[silo] = (work, time.GetTimestamp());
        return Task.FromResult(Sum(except: silo));
    }

    public Task<SiloWork> Get() => Task.FromResult(Sum(except: null));

    private SiloWork Sum(string? except)
    {
        var longest = IntervalsKept * TimeSpan.FromMilliseconds(options.Value.CountIntervalMs);
        foreach (var (silo, _) in _silos.Where(pair => time.GetElapsedTime(pair.Value.At) > longest).ToArray()) _silos.Remove(silo);
        var work = _silos.Where(pair => pair.Key != except).Select(pair => pair.Value.Work).ToArray();
        return new(work.Sum(one => one.Active), work.Sum(one => one.Completed), work.Sum(one => one.Failed), work.Sum(one => one.ParkedAtGates));
    }
}
