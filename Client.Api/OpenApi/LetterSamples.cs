using System.Globalization;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;

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

    /// <summary>409: a replay is under way.</summary>
    public static ApiProblem UnderReplay => Problem.Conflict("letter-processing", "A replay of this letter is under way.");

    /// <summary>409: it is resolved.</summary>
    public static ApiProblem Resolved => Problem.Conflict("letter-resolved", "This letter is resolved.");

    /// <summary>409: it is not discarded.</summary>
    public static ApiProblem NotDiscarded => Problem.Conflict("letter-not-discarded", "This letter is not discarded.");
}
