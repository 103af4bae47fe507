using System.Diagnostics;
using System.Globalization;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary>One run of a load.</summary>
/// <param name="api">The service.</param>
/// <param name="plan">What to submit.</param>
/// <param name="time">The clock.</param>
/// <param name="cancel">Ends it early.</param>
internal sealed class LoadRun(Api api, Plan plan, TimeProvider time, CancellationToken cancel)
{
    // So that two runs do not share ids.
    private readonly string _name = Guid.NewGuid().ToString("N")[..12];
    private readonly string _padding = new('x', plan.Size);
    private readonly double[] _took = new double[plan.Count];
    private readonly Lock _gate = new();
    private int _next;
    private int _accepted;
    private string? _firstRefusal;

    /// <summary>How many were not accepted.</summary>
    public int Refused { get; private set; }

    /// <summary>Submits them all.</summary>
    /// <param name="advance">Is told of each.</param>
    public async Task SubmitAsync(Action<double> advance)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Math.Min(plan.Clients, plan.Count)).Select(_ => RunClientAsync(start, advance)));
    }

    /// <summary>What came of it.</summary>
    /// <param name="elapsed">How long it took.</param>
    public Body Report(TimeSpan elapsed)
    {
        var took = _took.Take(_accepted).Order().ToArray();
        return new Body()
            .Add("run", _name).Add("accepted", (double)_accepted).Add("refused", (double)Refused).Add("firstRefusal", _firstRefusal)
            .Add("seconds", Math.Round(elapsed.TotalSeconds, 2)).Add("perSecond", Math.Round(_accepted / Math.Max(elapsed.TotalSeconds, 0.001), 1))
            .Add("p50Ms", At(took, 0.50)).Add("p95Ms", At(took, 0.95)).Add("p99Ms", At(took, 0.99)).Add("maxMs", At(took, 1));
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : Math.Round(sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)], 1);

    private async Task RunClientAsync(long start, Action<double> advance)
    {
        for (var n = Interlocked.Increment(ref _next) - 1; n < plan.Count; n = Interlocked.Increment(ref _next) - 1)
        {
            await WaitForTurnAsync(n, start);
            var since = Stopwatch.GetTimestamp();
            try
            {
                await api.PostAsync("api/messages", Message(n), cancel);
                Count(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            }
            catch (CommandFailure failure)
            {
                if (failure.Code == ExitCode.Unreachable && _accepted == 0) throw;
                CountRefusal(failure.Message);
            }

            lock (_gate) advance(1);
        }
    }

    private async Task WaitForTurnAsync(int n, long start)
    {
        if (plan.RatePerSecond is not { } rate) return;
        var due = TimeSpan.FromSeconds(n / rate) - Stopwatch.GetElapsedTime(start);
        if (due > TimeSpan.Zero) await Task.Delay(due, time, cancel);
    }

    // Every so many are to fail, spread evenly.
    private string Message(int n)
    {
        var fails = Math.Floor((n + 1) * plan.Failing) > Math.Floor(n * plan.Failing);
        var payload = new Body().Add("n", n).Add("run", _name).Add("padding", plan.Size > 0 ? _padding : null)
            .Add("simulateError", fails ? true : null).Add("errorType", fails ? "VALIDATION_ERROR" : null);
        return new Body().Add("payload", payload).Add("target", plan.Target).Add("source", "dlq-load")
            .Add("clientMessageId", string.Create(CultureInfo.InvariantCulture, $"{_name}-{n}")).ToString();
    }

    private void Count(double milliseconds)
    {
        lock (_gate) _took[_accepted++] = milliseconds;
    }

    private void CountRefusal(string message)
    {
        lock (_gate)
        {
            Refused++;
            _firstRefusal ??= message;
        }
    }
}
