using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>Asks for a trial request.</summary>
/// <param name="Payload">What to send; <c>{"trial":true}</c> when absent.</param>
internal sealed record TrialRequest(Payload? Payload = null);

/// <summary>What came of a trial request.</summary>
/// <param name="MessageId">The id that it was sent with.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="StatusCode">The downstream's HTTP status, when there was an answer.</param>
/// <param name="ErrorType">Why it failed.</param>
/// <param name="Error">The error in words.</param>
/// <param name="Detail">More of it: the downstream's answer or the exception.</param>
/// <param name="DurationMs">How long it took.</param>
internal sealed record TrialAnswer(
    MessageId MessageId, AttemptOutcome Outcome, int? StatusCode, ErrorType? ErrorType, string? Error, string? Detail, double DurationMs);

/// <summary>A downstream has a new signing secret.</summary>
/// <param name="Name">The downstream.</param>
/// <param name="Secret">The secret, shown this once.</param>
/// <param name="SecretsInUse">How many secrets sign now.</param>
internal sealed record RotatedAnswer(string Name, string Secret, int SecretsInUse);
