using DlqCluster.Downstreams;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Engine;

/// <summary>A downstream that does as it is told, and remembers all that it got.</summary>
internal sealed class ScriptedSender : IDownstreamSender
{
    /// <summary>What it got, in order.</summary>
    public List<(DateTimeOffset At, MessageId Id, Envelope Envelope, int Attempt, string Target)> Sent { get; } = [];

    /// <summary>What it answers; by default it takes everything.</summary>
    public Func<OutgoingMessage, CancellationToken, Task<AttemptResult>> Answer { get; set; } = static (_, _) => Task.FromResult(AttemptResult.Delivered(200));

    /// <summary>The most that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    private readonly Lock _lock = new();
    private int _atOnce;

    public void AnswerWith(ErrorType? error) => Answer = (_, _) => Task.FromResult(Result(error));

    public void AnswerInTurn(params ErrorType?[] errors)
    {
        var left = new Queue<ErrorType?>(errors);
        Answer = (_, _) => Task.FromResult(Result(left.TryDequeue(out var error) ? error : null));
    }

    public static AttemptResult Result(ErrorType? error) =>
        error is { } type ? AttemptResult.Failed(type, $"It says {type}.") : AttemptResult.Delivered(200);

    public async Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken)
    {
        // Several silos may send at the same time.
        lock (_lock)
        {
            Sent.Add((message.At, message.MessageId, message.Envelope, message.Attempt, downstream.Name));
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        }

        try
        {
            return await Answer(message, cancellationToken);
        }
        finally
        {
            lock (_lock) _atOnce--;
        }
    }
}
