using System.Globalization;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Replays;

/// <summary>Checks what a replay job is asked to do against the limits.</summary>
internal static class ReplayRules
{
    private const double SlowestRate = 0.01;

    /// <summary>Says what is wrong; null when nothing is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rules">Checks texts.</param>
    /// <param name="limits">The limits.</param>
    public static ApiProblem? Check(ReplayBatchRequest request, MessageRules rules, ReplayOptions limits)
    {
        var errors = new FieldErrors();
        // A filter that is left out by mistake must not mean everything; an empty one says so.
        if (request.Filter is null) errors.Add("filter", "is required; {} means every letter");
        else request.Filter.Check("filter.", rules, errors);
        if (request.Filter?.Status is LetterStatus.Processing or LetterStatus.Resolved)
            errors.Add("filter.status", "must be dlq_pending, dlq_failed or dlq_manual: others are not replayed");
        CheckRange(errors, "batchSize", request.BatchSize, limits.MaxBatchSize, nameof(limits.MaxBatchSize));
        CheckRange(errors, "maxConcurrent", request.MaxConcurrent, limits.MaxConcurrentLimit, nameof(limits.MaxConcurrentLimit));
        if (request.RatePerSecond is { } rate && !(rate >= SlowestRate && rate <= limits.MaxRatePerSecond))
            errors.Add("ratePerSecond", string.Create(CultureInfo.InvariantCulture, $"must be from {SlowestRate} to {limits.MaxRatePerSecond} (Replays:MaxRatePerSecond)"));
        Reasons.Check(request.Reason, required: false, rules, errors);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static void CheckRange(FieldErrors errors, string field, int? value, int most, string setting)
    {
        if (value < 1 || value > most) errors.Add(field, $"must be from 1 to {most} (Replays:{setting})");
    }
}
