using DlqCluster.Downstreams;
using DlqCluster.Messages;
using DlqCluster.Simulation.Silos;
using DlqCluster.Simulation.Time;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Downstreams;

/// <summary>The downstreams, and the log of all that they ever got.</summary>
/// <param name="world">The world.</param>
/// <param name="chance">Decides what they do.</param>
internal sealed class VirtualDownstream(World world, Chance chance)
{
    private readonly Dictionary<string, DownstreamWeather> _weather = [];

    /// <summary>Everything that was sent, in order.</summary>
    public List<Send> Sends { get; } = [];

    /// <summary>Sets a downstream's weather.</summary>
    public void SetWeather(string target, DownstreamWeather weather) => _weather[target] = weather;

    /// <summary>Makes an attempt.</summary>
    public async Task<AttemptResult> SendAsync(VirtualSilo silo, Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var file = world.Evidence.FileOf(message.MessageId);
        var send = new Send
        {
            Number = Sends.Count + 1,
            MessageId = message.MessageId,
            Silo = silo,
            Target = downstream.Name,
            Attempt = message.Attempt,
            Generation = file.Record?.Generation ?? 0,
            Body = message.Envelope.Payload.ToString(),
            StartedAt = world.Time.Elapsed,
        };
        Sends.Add(send);
        world.Trace.Add($"{silo.Name} {send.Target} gets {send.MessageId} {send.Body} {send.Generation}/{send.Attempt}");
        world.Promises.OnSend(file, send);
        file.Sends.Add(send);
        var (takesAfter, endsAfter, result) = Decide(send);
        if (takesAfter is { } after) world.Process.After(after, () => send.TakenAt = world.Time.Elapsed);
        try
        {
            await Task.Delay(endsAfter, silo.Process, cancellationToken);
            send.Told = result;
            world.Trace.Add($"{silo.Name} is told of send {send.Number}: {result.Outcome} {result.ErrorType}");
            return result;
        }
        finally
        {
            send.EndedAt ??= world.Time.Elapsed;
        }
    }

    /// <summary>What a silo had on its way is cut off when it dies.</summary>
    public void OnSiloDied(VirtualSilo silo)
    {
        foreach (var send in Sends)
            if (send.Silo == silo) send.EndedAt ??= world.Time.Elapsed;
    }

    private (TimeSpan? TakesAfter, TimeSpan EndsAfter, AttemptResult Result) Decide(Send send)
    {
        var weather = _weather.GetValueOrDefault(send.Target, DownstreamWeather.Fair);
        var delay = chance.Span(1, weather.MostDelayMs);
        var limit = TimeSpan.FromMilliseconds(world.Plan.Setup.TimeoutMs);
        var timedOut = AttemptResult.Failed(ErrorType.Timeout, "It did not answer in time.");
        if (weather.IsDown) return (null, TimeSpan.FromMilliseconds(1), AttemptResult.Failed(ErrorType.Network, "It is down."));
        if (chance.Happens(weather.Hangs)) return (null, limit, timedOut);
        if (chance.Happens(weather.IsLate)) return (limit + delay, limit, timedOut);
        if (chance.Happens(weather.Breaks)) return (delay, delay, AttemptResult.Failed(ErrorType.Network, "The connection broke."));
        if (chance.Happens(weather.Fails)) return (null, delay, Busy());
        if (Fault(send) is { } error) return (null, delay, AttemptResult.Failed(error, $"It says {error}."));
        return (delay, delay, AttemptResult.Delivered(200));
    }

    private AttemptResult Busy() => chance.Happens(0.5)
        ? AttemptResult.Failed(ErrorType.Server, "It is busy.", 503)
        : AttemptResult.Failed(ErrorType.RateLimited, "It is busy.", 429) with { RetryAfter = chance.Span(100, 2_000) };

    private ErrorType? Fault(Send send)
    {
        var (ordinal, variant) = MessageSpec.Read(send.Body);
        var spec = world.Plan.Specs[ordinal];
        // What an operator has mended is taken.
        if (variant >= Operator.Mended) return null;
        return spec.Treatment switch
        {
            Treatment.FailsFirst when send.Attempt <= spec.Failures && send.Generation == 0 => spec.Error,
            Treatment.FailsAlways => spec.Error,
            Treatment.Refuses => ErrorType.Validation,
            _ => null,
        };
    }
}

/// <summary>A silo's way to the downstreams.</summary>
/// <param name="world">The world, which has them.</param>
/// <param name="silo">The silo.</param>
internal sealed class DownstreamLink(World world, VirtualSilo silo) : IDownstreamSender
{
    public Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken) =>
        world.Downstream.SendAsync(silo, downstream, message, cancellationToken);
}
