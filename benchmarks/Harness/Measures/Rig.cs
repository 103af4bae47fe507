using System.Diagnostics;
using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Subjects;

namespace DlqCluster.Benchmarks.Measures;

/// <summary>The load generator and the receiver, and what measures have in common.</summary>
internal sealed class Rig(Settings settings, Child load, Child receiver)
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _stalled = TimeSpan.FromSeconds(90);

    private int _run;

    /// <summary>What is measured.</summary>
    public Settings Settings => settings;

    /// <summary>CPU time so far of the load generator, in seconds.</summary>
    public double LoadCpu => Machine.CpuSeconds(load.Id);

    /// <summary>CPU time so far of the receiver, in seconds.</summary>
    public double ReceiverCpu => Machine.CpuSeconds(receiver.Id);

    /// <summary>Announces a run to the receiver.</summary>
    /// <param name="count">How many messages it has.</param>
    /// <returns>The run's number.</returns>
    public async Task<int> BeginAsync(int count)
    {
        _run++;
        await AskReceiverAsync(new ReceiverOrder { Begin = _run, Count = count });
        return _run;
    }

    /// <summary>Sends a load.</summary>
    /// <param name="order">What.</param>
    public Task<LoadReport> SendAsync(LoadOrder order) => load.AskAsync(order, OrdersJson.Default.LoadOrder, OrdersJson.Default.LoadReport);

    /// <summary>Waits until all have come, or nothing comes any more.</summary>
    /// <param name="count">How many.</param>
    /// <param name="withLatency">Whether latencies are wanted.</param>
    /// <param name="patience">How long nothing need come.</param>
    public async Task<ReceiverReport> WaitForAsync(int count, bool withLatency = false, TimeSpan? patience = null)
    {
        var since = Stopwatch.GetTimestamp();
        var seen = -1;
        while (true)
        {
            var report = await AskReceiverAsync(new ReceiverOrder());
            if (report.Unique >= count || Stopwatch.GetElapsedTime(since) > (patience ?? _stalled)) break;
            if (report.Unique != seen) since = Stopwatch.GetTimestamp();
            seen = report.Unique;
            await Task.Delay(_look);
        }

        // The last deliveries have yet to be recorded, and a repeat would come about now.
        await Task.Delay(_settle);
        return await AskReceiverAsync(new ReceiverOrder { WithLatency = withLatency });
    }

    /// <summary>How the current run stands.</summary>
    public Task<ReceiverReport> AskReceiverAsync(ReceiverOrder order) =>
        receiver.AskAsync(order, OrdersJson.Default.ReceiverOrder, OrdersJson.Default.ReceiverReport);

    /// <summary>Sends messages and waits until they have come.</summary>
    /// <param name="subject">To whom.</param>
    /// <param name="order">The load; its run and port are filled in here.</param>
    public async Task<Round> RoundAsync(Subject subject, LoadOrder order)
    {
        var run = await BeginAsync(order.Count);
        var before = await Usage.OfAsync(subject, this);
        var sent = await SendAsync(order with { Run = run, Port = subject.Place.Port });
        var received = await WaitForAsync(sent.Accepted, withLatency: true);
        return new Round(sent, received, before, await Usage.OfAsync(subject, this));
    }
}

/// <summary>What has been used up to a moment.</summary>
internal sealed record Usage(double Subject, double Load, double Receiver, double Machine, double? Allocated, long At)
{
    /// <summary>Up to now.</summary>
    public static async Task<Usage> OfAsync(Subject subject, Rig rig) => new(
        subject.CpuSeconds(),
        rig.LoadCpu,
        rig.ReceiverCpu,
        Benchmarks.Machine.BusySeconds(),
        await subject.AllocatedBytesAsync(),
        Stopwatch.GetTimestamp());
}

/// <summary>A load from its first message to the record of its last.</summary>
internal sealed record Round(LoadReport Sent, ReceiverReport Received, Usage Before, Usage After)
{
    /// <summary>CPU of the subject for one message, in microseconds.</summary>
    public double CpuMicros => (After.Subject - Before.Subject) * 1e6 / Sent.Accepted;

    /// <summary>Messages a second from the first submit to the last delivery.</summary>
    public double EndToEndRate => Received.Unique / Stopwatch.GetElapsedTime(Sent.StartedAt, Received.LastAt).TotalSeconds;

    /// <summary>Messages accepted a second.</summary>
    public double AcceptRate => Sent.Accepted / (Sent.ElapsedMs / 1000);

    /// <summary>What is the same for all rounds: costs, losses, and what else the machine was doing.</summary>
    /// <param name="label">Which round.</param>
    public IEnumerable<Figure> Costs(string label)
    {
        yield return new($"{label}: CPU of the service and its stores, µs/message", CpuMicros);
        if (After.Allocated - Before.Allocated is { } bytes) yield return new($"{label}: allocated, bytes/message", bytes / Sent.Accepted);
        yield return new($"{label}: CPU of the load generator, µs/message", (After.Load - Before.Load) * 1e6 / Sent.Accepted, null);
        yield return new($"{label}: CPU of the receiver, µs/message", (After.Receiver - Before.Receiver) * 1e6 / Sent.Accepted, null);
        yield return new($"{label}: lost", Sent.Accepted - Received.Unique);
        yield return new($"{label}: repeated", Received.Repeats);
        yield return new($"{label}: refused", Sent.Other.Values.Sum());
        var others = After.Machine - Before.Machine - (After.Subject - Before.Subject) - (After.Load - Before.Load) - (After.Receiver - Before.Receiver);
        yield return new($"{label}: other programs, cores", Math.Max(0, others / Stopwatch.GetElapsedTime(Before.At, After.At).TotalSeconds), null);
    }
}
