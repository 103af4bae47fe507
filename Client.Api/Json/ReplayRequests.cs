using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Api.Json;

/// <summary>Asks to replay all letters that match.</summary>
/// <param name="Filter">Which; required, and without members it means all.</param>
/// <param name="DryRun">Whether only to tell what would happen.</param>
/// <param name="BatchSize">Letters to take in hand at a time.</param>
/// <param name="MaxConcurrent">The most replays under way at once.</param>
/// <param name="RatePerSecond">Replays to start a second.</param>
/// <param name="Ramp">Whether to begin slowly, and to stop when too many fail again.</param>
/// <param name="IgnoreWindows">Whether also to replay where off-peak windows are closed.</param>
/// <param name="Reason">Why.</param>
internal sealed record ReplayBatchRequest(
    ReplayFilterRequest? Filter = null,
    bool DryRun = false,
    int? BatchSize = null,
    int? MaxConcurrent = null,
    double? RatePerSecond = null,
    bool Ramp = false,
    bool IgnoreWindows = false,
    string? Reason = null);

/// <summary>Which letters: the filters of the list.</summary>
/// <param name="Status">With this status.</param>
/// <param name="ErrorType">With this error type.</param>
/// <param name="Source">From this source.</param>
/// <param name="Target">To this downstream.</param>
/// <param name="Tag">With this label.</param>
/// <param name="Fingerprint">With this fingerprint.</param>
/// <param name="From">Dead-lettered at or after this.</param>
/// <param name="To">Dead-lettered before this.</param>
/// <param name="Q">With these words.</param>
internal sealed record ReplayFilterRequest(
    LetterStatus? Status = null,
    ErrorType? ErrorType = null,
    string? Source = null,
    string? Target = null,
    string? Tag = null,
    string? Fingerprint = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    string? Q = null)
{
    /// <summary>As the store takes it.</summary>
    public LetterFilter ToFilter() => new()
    {
        Status = Status,
        ErrorType = ErrorType,
        Source = Source,
        Target = Target,
        Tag = Tag,
        Fingerprint = Fingerprint,
        From = From,
        To = To,
        Text = Q,
    };
}

/// <summary>An order to a replay job.</summary>
/// <param name="Reason">Why.</param>
internal sealed record ReplayOrderRequest(string? Reason = null);
