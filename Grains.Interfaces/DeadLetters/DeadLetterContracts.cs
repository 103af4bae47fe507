using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.DeadLetters;

/// <summary>Hands a message that could not be delivered to the dead-letter queue.</summary>
[GenerateSerializer, Immutable, Alias("dlq.DeadLetterMessage")]
public sealed record DeadLetterMessage
{
    /// <summary>The message.</summary>
    [Id(0)] public MessageId MessageId { get; init; }

    /// <summary>What was to be delivered (after a replay: as it was replayed).</summary>
    [Id(1)] public Envelope Envelope { get; init; } = new();

    /// <summary>0 for the message itself, n when its nth replay failed.</summary>
    [Id(2)] public int Generation { get; init; }

    /// <summary>The last error in words.</summary>
    [Id(3)] public string ErrorReason { get; init; } = "";

    /// <summary>More of it.</summary>
    [Id(4)] public string? ErrorStack { get; init; }

    /// <summary>Its type.</summary>
    [Id(5)] public ErrorType ErrorType { get; init; }

    /// <summary>How many attempts were made.</summary>
    [Id(6)] public int Attempts { get; init; }

    /// <summary>The silo's state.</summary>
    [Id(7)] public SystemState? SystemState { get; init; }

    /// <summary>The newest of the attempts, oldest first.</summary>
    [Id(8)] public IReadOnlyList<Attempt> AttemptLog { get; init; } = [];
}

/// <summary>Asks for one letter to be replayed.</summary>
/// <param name="MessageId">The letter.</param>
/// <param name="By">Who asks.</param>
/// <param name="Payload">What to send instead of the original; null to send the original.</param>
/// <param name="Target">Where to send it instead; null for the original downstream.</param>
/// <param name="Reason">Why.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayLetter")]
public sealed record ReplayLetter(
    [property: Id(0)] MessageId MessageId,
    [property: Id(1)] string By,
    [property: Id(2)] Payload? Payload,
    [property: Id(3)] string? Target,
    [property: Id(4)] string? Reason = null);

/// <summary>How asking for a replay ended.</summary>
public enum ReplayOutcome
{
    /// <summary>The replay is on its way.</summary>
    Started,

    /// <summary>There is no such letter.</summary>
    NotFound,

    /// <summary>A replay is already under way.</summary>
    AlreadyProcessing,

    /// <summary>It is already resolved.</summary>
    AlreadyResolved,
}

/// <summary>The answer to a replay request.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Generation">The number of the replay that was started.</param>
[GenerateSerializer, Immutable, Alias("dlq.ReplayResult")]
public sealed record ReplayResult([property: Id(0)] ReplayOutcome Outcome, [property: Id(1)] int Generation);

/// <summary>The only writer of the letters of one partition (its key). One reminder keeps it alive; it replays what is due by itself.</summary>
[Alias("dlq.IDlqPartitionGrain")]
public interface IDlqPartitionGrain : IGrainWithIntegerKey, IRemindable
{
    /// <summary>Sees to it that the grain runs and that its reminder exists. May be called any number of times.</summary>
    [Alias("Start")]
    Task Start();

    /// <summary>Takes a message, or the news that a replay failed. Sending the same again changes nothing.</summary>
    /// <param name="message">The message.</param>
    [Alias("Admit")]
    Task Admit(DeadLetterMessage message);

    /// <summary>Takes the news that a replay ended otherwise than by failing. Sending the same again changes nothing.</summary>
    /// <param name="messageId">The letter.</param>
    /// <param name="generation">The replay.</param>
    /// <param name="end">Delivered; or cancelled or expired, which leaves the letter to people.</param>
    [Alias("ReplayEnded")]
    Task ReplayEnded(MessageId messageId, int generation, MessageState end);

    /// <summary>Replays a letter now. This replaces the replay that its schedule had planned.</summary>
    /// <param name="request">Which, and how.</param>
    [Alias("Replay")]
    Task<ReplayResult> Replay(ReplayLetter request);

    /// <summary>Replays letters for a replay job: those that the job has not replayed before and that have not changed since its selection.</summary>
    /// <param name="job">The job and its letters.</param>
    /// <returns>How each letter stands now; NotStarted where starting it failed. Asking again changes nothing but that.</returns>
    [Alias("ReplayForJob")]
    Task<IReadOnlyList<JobLetter>> ReplayForJob(JobLetters job);

    /// <summary>How letters of a replay job stand. Waits for calls that came before, so that what it says is not overtaken.</summary>
    /// <param name="job">The job and its letters.</param>
    [Alias("AskForJob")]
    Task<IReadOnlyList<JobLetter>> AskForJob(JobLetters job);

    /// <summary>Whether there is a letter for this message, whatever its status.</summary>
    /// <param name="messageId">The message.</param>
    [Alias("Knows"), Orleans.Concurrency.AlwaysInterleave]
    Task<bool> Knows(MessageId messageId);

    /// <summary>Notes, discards or restores letters, each by itself.</summary>
    /// <param name="act">What, and which letters.</param>
    /// <returns>How it ended for each letter, in order.</returns>
    [Alias("Apply")]
    Task<IReadOnlyList<LetterActOutcome>> Apply(LetterAct act);

    /// <summary>Takes letters in that an export brought. One that is there already is left as it is.</summary>
    /// <param name="import">The letters.</param>
    /// <returns>How it ended for each letter, in order.</returns>
    [Alias("Import")]
    Task<IReadOnlyList<LetterActOutcome>> Import(ImportLetters import);

    /// <summary>Looks after letters whose replay has been under way for too long, now.</summary>
    /// <returns>How many were settled or made pending again.</returns>
    [Alias("ReclaimStale")]
    Task<int> ReclaimStale();
}
