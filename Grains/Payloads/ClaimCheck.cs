using DlqCluster.Messages;
using Microsoft.Extensions.Options;

namespace DlqCluster.Payloads;

/// <summary>A message with its payload.</summary>
/// <param name="Envelope">The message; without a payload when that is lost.</param>
/// <param name="Fault">What is wrong with the payload, in words; null when it is whole.</param>
internal readonly record struct WholeMessage(Envelope Envelope, string? Fault);

/// <summary>Takes large payloads out of messages into the payload store, and back when they are needed.</summary>
/// <param name="store">The store.</param>
/// <param name="options">What is large.</param>
internal sealed class ClaimCheck(IPayloadStore store, IOptions<PayloadOptions> options)
{
    /// <summary>Stores a message's payload, if it is large. When this ends the payload is durable.</summary>
    /// <param name="id">The message.</param>
    /// <param name="generation">0 for the message itself, n for its nth replay.</param>
    /// <param name="envelope">The message, with its payload.</param>
    /// <returns>The message as it is kept: with its payload, or with the claim of it.</returns>
    public async ValueTask<Envelope> DepositAsync(MessageId id, int generation, Envelope envelope)
    {
        if (envelope.Payload.Length <= options.Value.InlineLimit) return envelope.Claim is null ? envelope : envelope with { Claim = null };
        var content = envelope.Payload.Utf8;
        var claim = PayloadClaim.Of(id, generation, content);
        await store.PutAsync(claim, content);
        return envelope with { Payload = default, Claim = claim };
    }

    /// <summary>Brings a message's payload.</summary>
    /// <param name="envelope">The message as it is kept.</param>
    public async ValueTask<WholeMessage> FetchAsync(Envelope envelope)
    {
        if (envelope.Claim is not { } claim) return new WholeMessage(envelope, null);
        var (condition, content) = await store.GetAsync(claim);
        var whole = envelope with { Payload = content is null ? default : new Payload(content), Claim = null };
        return new WholeMessage(whole, condition switch
        {
            PayloadCondition.Missing => $"Its payload of {claim.Length} bytes is not in the payload store any more ({claim.Key}).",
            PayloadCondition.Damaged => $"Its payload of {claim.Length} bytes is damaged in the payload store ({claim.Key}).",
            _ => null,
        });
    }

    /// <summary>Removes a payload that nobody needs any more.</summary>
    /// <param name="key">Its key.</param>
    public Task RemoveAsync(string key) => store.RemoveAsync(key);
}
