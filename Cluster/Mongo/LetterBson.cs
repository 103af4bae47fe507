using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;
using static DlqCluster.Cluster.Mongo.BsonFields;

namespace DlqCluster.Cluster.Mongo;

/// <summary>A letter as a document, under the names that it has in the API, and beside it what only searches and sorts need.</summary>
internal static class LetterBson
{
    private const string OriginalMessage = "originalMessage";
    private const string ErrorReason = "errorReason";
    private const string ErrorStack = "errorStack";
    private const string RetryCount = "retryCount";
    private const string Strategy = "strategy";
    private const string ReplayAttempts = "replayAttempts";
    private const string Generation = "generation";
    private const string Resolution = "resolution";
    private const string FailedAgainAt = "failedAgainAt";
    private const string Attempts = "attempts";
    private const string Events = "events";

    private const string Source = "source";
    private const string Sourceless = "sourceless";
    private const string Priority = "priority";
    private const string Tags = "tags";
    private const string Target = "target";
    private const string CorrelationId = "correlationId";
    private const string SystemStateField = "systemState";
    private const string CpuPercent = "cpuPercent";
    private const string MemoryBytes = "memoryBytes";
    private const string UptimeSeconds = "uptimeSeconds";
    private const string Silo = "silo";

    private const string StartedAt = "startedAt";
    private const string EndedAt = "endedAt";
    private const string Delivered = "delivered";
    private const string Trigger = "trigger";
    private const string By = "by";
    private const string Payload = "payload";
    private const string Error = "error";
    private const string Reason = "reason";
    private const string JobId = "jobId";
    private const string Changes = "changes";
    private const string ChangePath = "path";
    private const string ChangeFrom = "from";
    private const string ChangeTo = "to";

    /// <summary>Writes a letter.</summary>
    /// <param name="partition">The partition that owns it.</param>
    /// <param name="letter">The letter, with the version that it is to have.</param>
    public static BsonDocument Write(int partition, Letter letter)
    {
        var document = new BsonDocument
        {
            { LetterFields.Id, letter.MessageId.Value },
            { LetterFields.MessageId, letter.MessageId.Value },
            { LetterFields.Partition, partition },
            { LetterFields.Version, letter.Version },
            { OriginalMessage, EnvelopeBson.Write(letter.OriginalMessage) },
        };
        document.Put(ErrorReason, letter.ErrorReason);
        document.Put(ErrorStack, letter.ErrorStack);
        document.Put(LetterFields.ErrorType, ErrorTypes.Name(letter.ErrorType));
        document.Put(LetterFields.Fingerprint, letter.Fingerprint);
        document.Put(RetryCount, letter.RetryCount);
        document.Put(LetterFields.DlqRetryCount, letter.DlqRetryCount);
        document.Put(LetterFields.Status, LetterStatuses.Name(letter.Status));
        document.Put(Strategy, EnumNames<ReplayStrategy>.Of(letter.Strategy));
        document.Put(LetterFields.NextRetryAt, letter.NextRetryAt);
        document.Add(LetterFields.Metadata, Write(letter.Metadata));
        document.Add(ReplayAttempts, new BsonArray(letter.ReplayAttempts.Select(Write)));
        document.Put(LetterFields.CreatedAt, letter.CreatedAt);
        document.Put(LetterFields.UpdatedAt, letter.UpdatedAt);
        document.Put(Generation, letter.Generation);
        document.Put(Resolution, letter.Resolution is { } resolution ? EnumNames<LetterResolution>.Of(resolution) : null);
        document.Put(LetterFields.ClosedAt, letter.ClosedAt);
        document.Put(FailedAgainAt, letter.FailedAgainAt);
        document.Add(Attempts, new BsonArray(letter.Attempts.Select(LetterHistoryBson.Write)));
        document.Add(Events, new BsonArray(letter.Events.Select(LetterHistoryBson.Write)));
        AddSearch(document, letter);
        return document;
    }

    /// <summary>Reads a letter. Fields that it does not know are passed over, so that a version can be rolled back.</summary>
    /// <param name="document">The document; its words may be left out.</param>
    public static Letter Read(BsonDocument document) => new()
    {
        MessageId = new MessageId(document.Text(LetterFields.Id)!),
        OriginalMessage = EnvelopeBson.Read(document.Document(OriginalMessage) ?? []),
        ErrorReason = document.Text(ErrorReason) ?? "",
        ErrorStack = document.Text(ErrorStack),
        ErrorType = EnumNames<ErrorType>.Read(document.Text(LetterFields.ErrorType)),
        Fingerprint = document.Text(LetterFields.Fingerprint) ?? "",
        RetryCount = document.Int32(RetryCount) ?? 0,
        DlqRetryCount = document.Int32(LetterFields.DlqRetryCount) ?? 0,
        Status = EnumNames<LetterStatus>.Read(document.Text(LetterFields.Status)),
        Strategy = EnumNames<ReplayStrategy>.Read(document.Text(Strategy)),
        NextRetryAt = document.Time(LetterFields.NextRetryAt),
        Metadata = ReadMetadata(document.Document(LetterFields.Metadata) ?? []),
        ReplayAttempts = [.. document.Documents(ReplayAttempts).Select(ReadReplay)],
        CreatedAt = document.Time(LetterFields.CreatedAt) ?? default,
        UpdatedAt = document.Time(LetterFields.UpdatedAt) ?? default,
        Generation = document.Int32(Generation) ?? 0,
        Version = document.Int64(LetterFields.Version) ?? 0,
        Resolution = document.Text(Resolution) is { } resolution ? EnumNames<LetterResolution>.Read(resolution) : null,
        ClosedAt = document.Time(LetterFields.ClosedAt),
        FailedAgainAt = document.Time(FailedAgainAt),
        Attempts = [.. document.Documents(Attempts).Select(LetterHistoryBson.ReadAttempt)],
        Events = [.. document.Documents(Events).Select(LetterHistoryBson.ReadEvent)],
    };

    private static void AddSearch(BsonDocument document, Letter letter)
    {
        var nextRetryMs = letter.NextRetryAt?.ToUnixTimeMilliseconds();
        document.Add(LetterFields.NextRetryUp, nextRetryMs ?? long.MaxValue);
        document.Add(LetterFields.NextRetryDown, nextRetryMs ?? long.MinValue);
        document.Add(LetterFields.LastFailedAt, LetterSearch.Date(letter.LastFailedAt));
        document.Add(LetterFields.ReplaysEnded, letter.ReplayAttempts.Count(static replay => replay.EndedAt is not null));
        document.Add(
            LetterFields.ReplaysDelivered, letter.ReplayAttempts.Count(static replay => replay is { EndedAt: not null, Delivered: true }));
        document.Add(LetterFields.Words, new BsonArray(LetterWords.Of(letter)));
    }

    private static BsonDocument Write(LetterMetadata metadata)
    {
        // A letter without a source is found, sorted and counted as one with the empty source; a mark tells them apart.
        var document = new BsonDocument(Source, WellFormed(metadata.Source ?? ""));
        if (metadata.Source is null) document.Add(Sourceless, true);
        document.Put(Priority, EnumNames<MessagePriority>.Of(metadata.Priority));
        document.Add(Tags, new BsonArray(metadata.Tags.Select(WellFormed)));
        document.Put(Target, metadata.Target);
        document.Put(CorrelationId, metadata.CorrelationId);
        if (metadata.SystemState is { } state) document.Add(SystemStateField, Write(state));
        return document;
    }

    private static LetterMetadata ReadMetadata(BsonDocument document) => new()
    {
        Source = document.Contains(Sourceless) ? null : document.Text(Source),
        Priority = EnumNames<MessagePriority>.Read(document.Text(Priority)),
        Tags = document.Texts(Tags),
        Target = document.Text(Target) ?? "",
        CorrelationId = document.Text(CorrelationId),
        SystemState = document.Document(SystemStateField) is { } state ? ReadState(state) : null,
    };

    private static BsonDocument Write(SystemState state) => new()
    {
        { CpuPercent, state.CpuPercent }, { MemoryBytes, state.MemoryBytes }, { UptimeSeconds, state.UptimeSeconds }, { Silo, state.Silo },
    };

    private static SystemState ReadState(BsonDocument document) => new(
        document.Double(CpuPercent) ?? 0, document.Int64(MemoryBytes) ?? 0, document.Double(UptimeSeconds) ?? 0, document.Text(Silo) ?? "");

    private static BsonDocument Write(ReplayAttempt replay)
    {
        var document = new BsonDocument(Generation, replay.Generation);
        document.Put(StartedAt, replay.StartedAt);
        document.Put(EndedAt, replay.EndedAt);
        if (replay.Delivered is { } delivered) document.Add(Delivered, delivered);
        document.Put(Trigger, EnumNames<ReplayTrigger>.Of(replay.Trigger));
        document.Put(By, replay.By);
        document.Put(Target, replay.Target);
        document.Put(Payload, replay.Payload);
        document.Put(Error, replay.Error);
        document.Put(Reason, replay.Reason);
        document.Put(JobId, replay.JobId);
        if (replay.Changes.Count > 0) document.Add(Changes, new BsonArray(replay.Changes.Select(Write)));
        return document;
    }

    private static BsonDocument Write(PayloadChange change)
    {
        var document = new BsonDocument(ChangePath, WellFormed(change.Path));
        document.Put(ChangeFrom, change.From);
        document.Put(ChangeTo, change.To);
        return document;
    }

    private static ReplayAttempt ReadReplay(BsonDocument document) => new()
    {
        Generation = document.Int32(Generation) ?? 0,
        StartedAt = document.Time(StartedAt) ?? default,
        EndedAt = document.Time(EndedAt),
        Delivered = document.Bool(Delivered),
        Trigger = EnumNames<ReplayTrigger>.Read(document.Text(Trigger)),
        By = document.Text(By),
        Target = document.Text(Target),
        Payload = document.Payload(Payload),
        Error = document.Text(Error),
        Reason = document.Text(Reason),
        JobId = document.Text(JobId),
        Changes =
        [
            .. document.Documents(Changes).Select(static change =>
                new PayloadChange(change.Text(ChangePath) ?? "", change.Text(ChangeFrom), change.Text(ChangeTo))),
        ],
    };
}
