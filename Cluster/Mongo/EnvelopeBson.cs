using DlqCluster.Conversations;
using DlqCluster.Downstreams;
using DlqCluster.Messages;
using MongoDB.Bson;

namespace DlqCluster.Cluster.Mongo;

/// <summary>A message as it was accepted, as a document within its letter.</summary>
internal static class EnvelopeBson
{
    private const string Payload = "payload";
    private const string Target = "target";
    private const string ClientMessageId = "clientMessageId";
    private const string CorrelationId = "correlationId";
    private const string Source = "source";
    private const string Priority = "priority";
    private const string Tags = "tags";
    private const string OrderingKey = "orderingKey";
    private const string DeliverAt = "deliverAt";
    private const string ExpiresAt = "expiresAt";
    private const string Retry = "retry";
    private const string MaxRetries = "maxRetries";
    private const string BaseBackoffMs = "baseBackoffMs";
    private const string MaxBackoffMs = "maxBackoffMs";
    private const string JitterPercent = "jitterPercent";
    private const string TraceParent = "traceParent";
    private const string TraceState = "traceState";
    private const string AcceptedAt = "acceptedAt";
    private const string Notice = "notice";
    private const string RecipientId = "recipientId";
    private const string Channel = "channel";
    private const string Conversation = "conversation";
    private const string ConversationId = "conversationId";
    private const string SenderId = "senderId";
    private const string RecipientIds = "recipientIds";

    /// <summary>Writes a message.</summary>
    public static BsonDocument Write(Envelope envelope)
    {
        var document = new BsonDocument();
        document.Put(Payload, envelope.Payload);
        document.Put(Target, envelope.Target);
        document.Put(ClientMessageId, envelope.ClientMessageId);
        document.Put(CorrelationId, envelope.CorrelationId);
        document.Put(Source, envelope.Source);
        document.Put(Priority, EnumNames<MessagePriority>.Of(envelope.Priority));
        document.Add(Tags, new BsonArray(envelope.Tags));
        document.Put(OrderingKey, envelope.OrderingKey);
        document.Put(DeliverAt, envelope.DeliverAt);
        document.Put(ExpiresAt, envelope.ExpiresAt);
        if (envelope.Retry is { } retry) document.Add(Retry, Write(retry));
        document.Put(TraceParent, envelope.TraceParent);
        document.Put(TraceState, envelope.TraceState);
        document.Put(AcceptedAt, envelope.AcceptedAt);
        if (envelope.Notice is { } notice) document.Add(Notice, new BsonDocument { { RecipientId, notice.RecipientId }, { Channel, notice.Channel } });
        if (envelope.Conversation is { } post) document.Add(Conversation, Write(post));
        return document;
    }

    /// <summary>Reads a message.</summary>
    public static Envelope Read(BsonDocument document) => new()
    {
        Payload = document.Payload(Payload) ?? default,
        Target = document.Text(Target) ?? "",
        ClientMessageId = document.Text(ClientMessageId),
        CorrelationId = document.Text(CorrelationId),
        Source = document.Text(Source),
        Priority = EnumNames<MessagePriority>.Read(document.Text(Priority)),
        Tags = document.Texts(Tags),
        OrderingKey = document.Text(OrderingKey),
        DeliverAt = document.Time(DeliverAt),
        ExpiresAt = document.Time(ExpiresAt),
        Retry = document.Document(Retry) is { } retry ? ReadRetry(retry) : null,
        TraceParent = document.Text(TraceParent),
        TraceState = document.Text(TraceState),
        AcceptedAt = document.Time(AcceptedAt) ?? default,
        Notice = document.Document(Notice) is { } notice ? new Recipients.Notice(notice.Text(RecipientId) ?? "", notice.Text(Channel) ?? "") : null,
        Conversation = document.Document(Conversation) is { } post
            ? new ConversationPost(post.Text(ConversationId) ?? "", post.Text(SenderId) ?? "", post.Texts(RecipientIds))
            : null,
    };

    private static BsonDocument Write(ConversationPost post) => new()
    {
        { ConversationId, post.ConversationId },
        { SenderId, post.SenderId },
        { RecipientIds, new BsonArray(post.RecipientIds) },
    };

    private static BsonDocument Write(RetryOverrides retry)
    {
        var document = new BsonDocument();
        document.Put(MaxRetries, retry.MaxRetries);
        document.Put(BaseBackoffMs, retry.BaseBackoffMs);
        document.Put(MaxBackoffMs, retry.MaxBackoffMs);
        document.Put(JitterPercent, retry.JitterPercent);
        return document;
    }

    private static RetryOverrides ReadRetry(BsonDocument document) => new()
    {
        MaxRetries = document.Int32(MaxRetries),
        BaseBackoffMs = document.Int32(BaseBackoffMs),
        MaxBackoffMs = document.Int32(MaxBackoffMs),
        JitterPercent = document.Int32(JitterPercent),
    };
}
