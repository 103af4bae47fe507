using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Replays;
using DlqCluster.Simulation.Stores;
using DlqCluster.Simulation.Workload;

namespace DlqCluster.Simulation.Promises;

/// <summary>What the world has seen: what clients sent and heard, what the stores hold, what the downstreams got.</summary>
/// <param name="world">The world.</param>
internal sealed class Evidence(World world)
{
    private readonly Dictionary<MessageId, MessageFile> _files = [];
    private readonly Dictionary<int, MessageFile> _newest = [];
    private readonly Dictionary<string, ReplayJobRecord> _jobs = [];

    /// <summary>The files of all messages, in the order in which they were opened.</summary>
    public IEnumerable<MessageFile> Files => _files.Values;

    /// <summary>The replay jobs as they are stored, by their ids.</summary>
    public IReadOnlyDictionary<string, ReplayJobRecord> Jobs => _jobs;

    /// <summary>What operators have asked to be replayed, by what they call themselves.</summary>
    public Dictionary<string, ReplayLetter> Asked { get; } = [];

    /// <summary>What operators have asked replay jobs to do, by what they call themselves.</summary>
    public Dictionary<string, ReplayJobPlan> Plans { get; } = [];

    /// <summary>The file of a message.</summary>
    public MessageFile FileOf(MessageId id)
    {
        if (!_files.TryGetValue(id, out var file)) _files[id] = file = new MessageFile(id);
        return file;
    }

    /// <summary>The newest file of a message of the plan; null when it was never submitted.</summary>
    public MessageFile? AnyFileOf(MessageSpec spec) => _newest.GetValueOrDefault(spec.Ordinal);

    /// <summary>A client submits.</summary>
    public MessageFile Submitted(MessageSpec spec, int variant, Envelope envelope)
    {
        var file = FileOf(spec.Key is { } key ? MessageId.Derive(null, key) : NewId());
        if (file.Tried.Count == 0) (file.Spec, file.NotBefore, file.FirstTriedAt) = (spec, envelope.DeliverAt, world.Time.Elapsed);
        file.Expiry = envelope.ExpiresAt;
        file.Tried.Add(variant);
        return _newest[spec.Ordinal] = file;
    }

    /// <summary>An operation took effect.</summary>
    public void OnStored(StoreCall call, object? result)
    {
        switch (call)
        {
            case { Operation: LinkedStates.Write, Arguments: [_, MessageRecord record] }:
                OnWritten(FileOf(IdOf(call)), record, call);
                break;
            case { Operation: LinkedStates.Clear, Arguments: [GrainId grain] } when grain.Type.ToString() == "message":
                OnCleared(FileOf(IdOf(call)), call);
                break;
            case { Operation: "letter.Put", Arguments: [int, Letter letter, long version] } when result is not null:
                OnLetter(letter with { Version = version + 1 });
                break;
            case { Operation: LinkedStates.Write, Arguments: [GrainId grain, ReplayJobRecord record] }:
                _jobs[grain.Key.ToString()!] = record;
                break;
            default:
                world.Promises.OnStored(call);
                break;
        }
    }

    /// <summary>What is still to happen before the world can be judged; null when nothing is.</summary>
    public string? Unsettled()
    {
        var entries = world.Ledger.AllAsync().GetAwaiter().GetResult().ToDictionary(entry => entry.MessageId);
        foreach (var entry in entries.Values)
            if (FileOf(entry.MessageId).Record is null) return $"{FileOf(entry.MessageId)} is in the ledger, but there is no record of it";
        foreach (var file in _files.Values)
            if (Unsettled(file, entries) is { } what) return $"{file} {what}";
        foreach (var (id, job) in _jobs)
            if (!job.Reported) return $"replay job {id} is {job.State}";
        return null;
    }

    private static string? Unsettled(MessageFile file, Dictionary<MessageId, LedgerEntry> entries)
    {
        if (file.Letter?.Status is LetterStatus.Processing) return "has a letter whose replay is under way";
        if (file.Letter?.Status is LetterStatus.Pending) return "has a letter that waits for its replay";
        if (file.Record is not { } record) return null;
        var isListed = entries.TryGetValue(file.Id, out var entry);
        // What was never acknowledged may have left its record behind; only a repeat of it looks after it.
        if (!isListed) return file.AcknowledgedAt is null ? null : "is not in the ledger";
        if (!record.HasEnded) return $"is {record.State}";
        if (record.Owed is not null) return "owes its partition the news of its end";
        return entry.Lane == LedgerLanes.Receipt ? null : $"has ended but is in the lane '{entry.Lane}'";
    }

    private static MessageId IdOf(StoreCall call) => new(((GrainId)call.Arguments[0]!).Key.ToString()!);

    private MessageId NewId()
    {
        Span<byte> bytes = stackalloc byte[10];
        world.ClientChance.Fill(bytes);
        return MessageId.CreateVersion7(world.Process.GetUtcNow(), bytes);
    }

    private void OnWritten(MessageFile file, MessageRecord record, StoreCall call)
    {
        var before = file.Record;
        world.Trace.Add($"record of {file.Id}: {record.State} {record.Generation}/{record.AttemptsMade}{(record.Owed is null ? "" : " owes")} revision {record.Revision}");
        world.Promises.OnRecord(file, before, record, call.Silo);
        file.WasReleased |= record.State is MessageState.Cancelled or MessageState.Expired;
        if (record.HasEnded && before is not { HasEnded: true }) file.EndedAt = world.Time.Elapsed;
        (file.Record, file.Writer, file.WrittenAt) = (record, call.Silo, world.Time.Elapsed);
    }

    private void OnCleared(MessageFile file, StoreCall call)
    {
        if (file.Record is null) return;
        world.Promises.OnForgotten(file, file.Record, call.Silo);
        (file.Record, file.ForgottenAt, file.Acknowledged) = (null, world.Time.Elapsed, null);
        file.CancelledAt = file.AcknowledgedAt = null;
        file.Sends.Clear();
    }

    private void OnLetter(Letter letter)
    {
        var file = FileOf(letter.MessageId);
        world.Promises.OnLetter(file, file.Letter, letter);
        file.WasReleased |= letter.Status is LetterStatus.Resolved;
        if (file.Letter is null) file.LetterAt = world.Time.Elapsed;
        file.Letter = letter;
    }
}
