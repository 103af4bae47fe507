using System.Text.Json.Serialization;
using DlqCluster.Api.Problems;
using DlqCluster.Breakers;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Replays;

namespace DlqCluster.Api.Json;

/// <summary>The types that the API reads and writes, generated at build time. Use it as <see cref="ApiJson.Context"/>.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(SubmitAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(CancelAnswer))]
[JsonSerializable(typeof(Letter))]
[JsonSerializable(typeof(LetterAnswer))]
[JsonSerializable(typeof(LetterActKind))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(PageAnswer<LetterGroup>), TypeInfoPropertyName = "LetterGroupPage")]
[JsonSerializable(typeof(LetterGroupMark))]
[JsonSerializable(typeof(GroupChangeRequest))]
[JsonSerializable(typeof(ReplayTrigger))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(NoteRequest))]
[JsonSerializable(typeof(DiscardRequest))]
[JsonSerializable(typeof(DiscardAnswer))]
[JsonSerializable(typeof(LetterListAnswer))]
[JsonSerializable(typeof(LetterStats))]
[JsonSerializable(typeof(AuditListAnswer))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(ReplayBatchRequest))]
[JsonSerializable(typeof(ReplayOrderRequest))]
[JsonSerializable(typeof(ReplayPreviewAnswer))]
[JsonSerializable(typeof(ReplayStartedAnswer))]
[JsonSerializable(typeof(ReplayJobView))]
[JsonSerializable(typeof(PageAnswer<ReplayJobView>), TypeInfoPropertyName = "ReplayPage")]
[JsonSerializable(typeof(ReclaimAnswer))]
[JsonSerializable(typeof(BreakerView))]
[JsonSerializable(typeof(PageAnswer<BreakerView>), TypeInfoPropertyName = "BreakerPage")]
[JsonSerializable(typeof(MessageExplanation))]
[JsonSerializable(typeof(LaneView))]
[JsonSerializable(typeof(LaneListAnswer))]
[JsonSerializable(typeof(SkipRequest))]
[JsonSerializable(typeof(SkipAnswer))]
[JsonSerializable(typeof(ForceRequest))]
[JsonSerializable(typeof(DownstreamRequest))]
[JsonSerializable(typeof(DownstreamAnswer))]
[JsonSerializable(typeof(PageAnswer<DownstreamAnswer>), TypeInfoPropertyName = "DownstreamPage")]
[JsonSerializable(typeof(PauseAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(SystemHealthAnswer))]
[JsonSerializable(typeof(ResourcesAnswer))]
[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(RatesAnswer))]
[JsonSerializable(typeof(ActorsAnswer))]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(TrialRequest))]
[JsonSerializable(typeof(TrialAnswer))]
[JsonSerializable(typeof(RotatedAnswer))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
