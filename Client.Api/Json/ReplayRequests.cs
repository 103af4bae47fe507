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
    LetterFilterRequest? Filter = null,
    bool DryRun = false,
    int? BatchSize = null,
    int? MaxConcurrent = null,
    double? RatePerSecond = null,
    bool Ramp = false,
    bool IgnoreWindows = false,
    string? Reason = null);

/// <summary>An order to a replay job.</summary>
/// <param name="Reason">Why.</param>
internal sealed record ReplayOrderRequest(string? Reason = null);
