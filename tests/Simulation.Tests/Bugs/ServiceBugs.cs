using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Simulation.Bugs;

/// <summary>One retry more than the policy has.</summary>
internal sealed class RetriesOnceMore : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<RetryOptions>(static options => options.MaxRetries++);
}

/// <summary>Backoffs do not grow.</summary>
internal sealed class BacksOffTooLittle : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<RetryOptions>(static options => options.BaseBackoffMs = 1);
}

/// <summary>Backoffs are spread beyond their bounds.</summary>
internal sealed class SpreadsTooFar : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<RetryOptions>(static options =>
    {
        options.JitterPercent = 90;
        options.MaxBackoffMs *= 2;
    });
}

/// <summary>Keys are forgotten long before their time.</summary>
internal sealed class ForgetsKeysEarly : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<IdempotencyOptions>(static options => options.Window /= 8);
}

/// <summary>Letters replay themselves once too often.</summary>
internal sealed class ReplaysOnceMore : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<DlqOptions>(static options => options.MaxReplays++);
}

/// <summary>Twice as much is taken from the stores at once.</summary>
internal sealed class TakesTwoBatches : Bug
{
    public override void Configure(IServiceCollection services) => services.PostConfigure<LedgerOptions>(static options => options.BatchSize *= 2);
}

/// <summary>Every attempt is made twice.</summary>
internal sealed class SendsTwice : Bug
{
    public override IDownstreamSender Wrap(IDownstreamSender sender) => new Sender(async (downstream, message, cancellationToken) =>
    {
        await sender.SendAsync(downstream, message, cancellationToken);
        return await sender.SendAsync(downstream, message, cancellationToken);
    });
}

/// <summary>A bulkhead with one place more.</summary>
internal sealed class WidensTheBulkhead : Bug
{
    public override IDownstreamSender Wrap(IDownstreamSender sender) => new Sender(async (downstream, message, cancellationToken) =>
        await await Task.WhenAny(sender.SendAsync(downstream, message, cancellationToken), AnswerEarlyAsync(message)));

    private async Task<AttemptResult> AnswerEarlyAsync(OutgoingMessage message)
    {
        await World.Process.Delay(TimeSpan.FromMilliseconds(5));
        return AttemptResult.Failed(ErrorType.Timeout, $"{message.MessageId} took more than 5 ms.");
    }
}

/// <summary>What the downstream says of when to come back is not passed on.</summary>
internal sealed class IgnoresRetryAfter : Bug
{
    public override IDownstreamSender Wrap(IDownstreamSender sender) => new Sender(async (downstream, message, cancellationToken) =>
        await sender.SendAsync(downstream, message, cancellationToken) with { RetryAfter = null });
}

/// <summary>A refusal for good passes for one of the moment.</summary>
internal sealed class RetriesWhatIsRefused : Bug
{
    public override IDownstreamSender Wrap(IDownstreamSender sender) => new Sender(async (downstream, message, cancellationToken) =>
    {
        var result = await sender.SendAsync(downstream, message, cancellationToken);
        return result.Outcome == AttemptOutcome.PermanentFailure ? result with { Outcome = AttemptOutcome.TransientFailure } : result;
    });
}

/// <summary>Sends as it is told.</summary>
internal sealed class Sender(Func<Downstream, OutgoingMessage, CancellationToken, Task<AttemptResult>> send) : IDownstreamSender
{
    public Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken) => send(downstream, message, cancellationToken);
}
