using System.Globalization;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.OpenApi;

/// <summary>The examples of what people do with letters.</summary>
internal static class LetterSamples
{
    /// <summary>The body of a discard or restore.</summary>
    public const string ReasonBody = """{"reason":"The order was cancelled."}""";

    /// <summary>The body of a note.</summary>
    public const string NoteBody = """{"text":"The shop has been told; see ticket 4711."}""";

    /// <summary>The body of a batch discard.</summary>
    public const string DiscardBody = """{"filter":{"source":"web","fingerprint":"9da36cf8b8476e4d"},"reason":"Orders of the test shop.","dryRun":true}""";

    private static readonly DateTimeOffset _at = DateTimeOffset.Parse(Samples.At, CultureInfo.InvariantCulture);

    /// <summary>A letter with its story.</summary>
    public static LetterAnswer Story => LetterAnswer.From(
        Samples.Letter with { Events = [new LetterEvent(_at.AddMinutes(3), LetterActKind.Note, "ann", "The shop has been told; see ticket 4711.")] },
        Samples.Message.Attempts);

    /// <summary>A discarded letter.</summary>
    public static LetterAnswer Discarded => LetterAnswer.From(
        Samples.Letter with
        {
            Status = LetterStatus.Resolved,
            Resolution = LetterResolution.Discarded,
            ReplayAttempts = [],
            Generation = 0,
            ClosedAt = _at.AddMinutes(9),
            UpdatedAt = _at.AddMinutes(9),
            Events = [new LetterEvent(_at.AddMinutes(9), LetterActKind.Discard, "ann", "The order was cancelled.")],
        },
        Samples.Message.Attempts);

    /// <summary>The answer to a batch discard.</summary>
    public static DiscardAnswer DiscardedMany => new(_at, DryRun: true, 41, 0, 0, 0, null);

    /// <summary>The body that changes a group.</summary>
    public const string GroupBody = """{"owner":"ann","note":"The shop has been told.","resolved":true}""";

    /// <summary>A letter as a line.</summary>
    public static string Line => Samples.Json(Samples.Letter) + "\n";

    /// <summary>The answer to an import.</summary>
    public static ImportAnswer Imported => new(1, 0, 1, [new ImportError(2, "metadata.target is required.")]);

    /// <summary>What people say of a group.</summary>
    public static LetterGroupMark Mark => new()
    {
        Owner = "ann",
        Note = "The shop has been told.",
        ResolvedAt = _at,
        ChangedBy = "ann",
        ChangedAt = _at,
        Version = 1,
    };

    /// <summary>Groups of letters.</summary>
    public static PageAnswer<LetterGroup> Groups => Samples.Page(
        new LetterGroup
        {
            Kind = LetterGroupKind.Fingerprint,
            Name = "9da36cf8b8476e4d",
            Count = 41,
            Open = 41,
            ByStatus = Samples.Stats.ByStatus,
            FirstSeen = _at,
            LastSeen = _at.AddMinutes(5),
            State = LetterGroupState.Regressed,
            Mark = Mark,
            SampleId = new MessageId(Samples.Id),
            SampleError = Samples.Letter.ErrorReason,
        },
        50);

    /// <summary>409: a replay is under way.</summary>
    public static ApiProblem UnderReplay => Problem.Conflict("letter-processing", "A replay of this letter is under way.");

    /// <summary>409: it is resolved.</summary>
    public static ApiProblem Resolved => Problem.Conflict("letter-resolved", "This letter is resolved.");

    /// <summary>409: it is not discarded.</summary>
    public static ApiProblem NotDiscarded => Problem.Conflict("letter-not-discarded", "This letter is not discarded.");
}
