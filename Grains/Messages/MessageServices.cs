using DlqCluster.Conversations;
using DlqCluster.Delivery;
using DlqCluster.Diagnostics;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Recipients;
using Microsoft.Extensions.Options;

namespace DlqCluster.Messages;

/// <summary>What every message grain works with.</summary>
internal sealed class MessageServices(
    TimeProvider time,
    IRandomSource random,
    MessageStores stores,
    DeliveryPath path,
    MessageLimits limits,
    DlqMetrics metrics)
{
    public TimeProvider Time => time;

    public IRandomSource Random => random;

    public ILedgerStore Ledger => stores.Ledger;

    public ClaimCheck Payloads => stores.Payloads;

    public DeliveryPath Path => path;

    public MessageLimits Limits => limits;

    public DlqMetrics Metrics => metrics;
}

/// <summary>What is kept of a message beside its record.</summary>
internal sealed record MessageStores(ILedgerStore Ledger, ClaimCheck Payloads);

/// <summary>The way from a message to its downstream.</summary>
internal sealed record DeliveryPath(
    DeliveryGates Gates, IDownstreamDirectory Downstreams, IDownstreamSender Sender, BackoffSlots Backoffs, QueueTracker Queue, ISystemProbe Probe);

/// <summary>The options that a message obeys.</summary>
internal sealed class MessageLimits(
    IOptions<RetryOptions> retry,
    IOptions<DeliveryOptions> delivery,
    IOptions<IdempotencyOptions> idempotency,
    IOptions<PartitionOptions> partitions,
    MessageKinds kinds)
{
    public RetryOptions Retry => retry.Value;

    public DeliveryOptions Delivery => delivery.Value;

    public IdempotencyOptions Idempotency => idempotency.Value;

    public int Partitions => partitions.Value.Count;

    public OrderingOptions Ordering => kinds.Ordering.Value;

    public NotificationOptions Notifications => kinds.Notifications.Value;

    public ConversationOptions Conversations => kinds.Conversations.Value;
}

/// <summary>The options that only some messages obey.</summary>
internal sealed record MessageKinds(
    IOptions<OrderingOptions> Ordering, IOptions<NotificationOptions> Notifications, IOptions<ConversationOptions> Conversations);

/// <summary>Counts the messages that keep an activation only because their backoff runs.</summary>
internal sealed class BackoffSlots(IOptions<DeliveryOptions> options)
{
    private int _taken;

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= options.Value.MaxTimers) return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _taken);
}
