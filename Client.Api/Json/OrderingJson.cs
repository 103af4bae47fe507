using DlqCluster.Messages;
using DlqCluster.Ordering;

namespace DlqCluster.Api.Json;

/// <summary>A page of ordering lanes.</summary>
/// <param name="Data">The page.</param>
/// <param name="PageSize">The most that a page has.</param>
/// <param name="NextCursor">Where the next page begins; null on the last.</param>
internal sealed record LaneListAnswer(IReadOnlyList<LaneView> Data, int PageSize, string? NextCursor);

/// <summary>Asks to let a lane go on past a dead letter.</summary>
/// <param name="MessageId">The dead letter.</param>
/// <param name="Reason">Why.</param>
internal sealed record SkipRequest(string? MessageId = null, string? Reason = null);

/// <summary>A lane goes on.</summary>
/// <param name="MessageId">The message that was skipped.</param>
/// <param name="Length">Messages that are in the lane now.</param>
internal sealed record SkipAnswer(MessageId MessageId, long Length);
