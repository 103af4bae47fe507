using System.Diagnostics.CodeAnalysis;
using DlqCluster.DeadLetters;

namespace DlqCluster.Hosting;

/// <summary>The real randomness.</summary>
[SuppressMessage("ApiDesign", "RS0030", Justification = "This is the one place that randomness comes from; everything else is handed it.")]
internal sealed class SystemRandomSource : IRandomSource
{
    public double NextDouble() => Random.Shared.NextDouble();

    public void Fill(Span<byte> buffer) => System.Security.Cryptography.RandomNumberGenerator.Fill(buffer);
}

/// <summary>Runs background work on the thread pool.</summary>
[SuppressMessage("ApiDesign", "RS0030", Justification = "This is the one place that leaves the activations' schedulers, on purpose.")]
internal sealed class ThreadPoolRunner : IBackgroundRunner
{
    public void Run(Func<Task> work) => _ = Task.Run(work);
}

/// <summary>Measures the real process.</summary>
/// <param name="time">The clock.</param>
/// <param name="silo">This silo's name.</param>
internal sealed class ProcessProbe(TimeProvider time, SiloName silo) : ISystemProbe
{
    private static readonly TimeSpan _freshness = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private long _measuredAt;
    private TimeSpan _cpu;
    private SystemState? _last;

    public SystemState Measure()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var since = time.GetElapsedTime(_measuredAt, now);
            if (_last is not null && since < _freshness) return _last;
            var cpu = Environment.CpuUsage.TotalTime;
            var percent = _last is null ? 0 : Math.Round(100 * (cpu - _cpu) / since, 1);
            (_measuredAt, _cpu) = (now, cpu);
            return _last = new SystemState(percent, Environment.WorkingSet, Math.Round(time.GetElapsedTime(_startedAt, now).TotalSeconds, 1), silo.Value);
        }
    }
}

/// <summary>This silo's name.</summary>
/// <param name="Value">The name.</param>
public sealed record SiloName(string Value);
