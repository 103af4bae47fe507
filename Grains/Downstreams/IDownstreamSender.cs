using DlqCluster.Messages;

namespace DlqCluster.Downstreams;

/// <summary>One attempt, as a sender gets it.</summary>
/// <param name="MessageId">The message's id, the same for each attempt and replay: receivers recognise repeats by it.</param>
/// <param name="Envelope">The message.</param>
/// <param name="Attempt">1 for the first attempt.</param>
/// <param name="At">The time, for the signature.</param>
public sealed record OutgoingMessage(MessageId MessageId, Envelope Envelope, int Attempt, DateTimeOffset At);

/// <summary>Sends messages to downstreams.</summary>
public interface IDownstreamSender
{
    /// <summary>Makes one attempt. Whatever the downstream does, and however long, comes back as a result.</summary>
    /// <param name="downstream">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="cancellationToken">The message's owner does not want it any more.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; the downstream may or may not have got the message.</exception>
    Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken);
}
