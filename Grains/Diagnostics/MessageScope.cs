using System.Collections;
using DlqCluster.Messages;

namespace DlqCluster.Diagnostics;

/// <summary>Says with every log line of a message's run which message it is about. It is read only when a line is written.</summary>
/// <param name="id">The message.</param>
/// <param name="stored">Its record, as it is when a line is written.</param>
internal sealed class MessageScope(MessageId id, IPersistentState<MessageRecord> stored) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("messageId", id.Value),
        1 => new("correlationId", stored.State.Envelope.CorrelationId),
        2 => new("downstream", stored.State.Envelope.Target),
        3 => new("attempt", stored.State.AttemptsMade + 1),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    public override string ToString() => $"message {id} to {stored.State.Envelope.Target}, attempt {stored.State.AttemptsMade + 1}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
