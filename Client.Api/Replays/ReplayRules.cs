using System.Globalization;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Replays;

/// <summary>Checks what a replay job is asked to do against the limits.</summary>
internal static class ReplayRules
{
    private const int MaxFilterLength = 500;
    private const double SlowestRate = 0.01;

    /// <summary>Says what is wrong; null when nothing is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rules">Checks texts.</param>
    /// <param name="limits">The limits.</param>
    public static ApiProblem? Check(ReplayBatchRequest request, MessageRules rules, ReplayOptions limits)
    {
        var errors = new FieldErrors();
        if (request.Filter is { } filter) CheckFilter(filter, errors);
        else errors.Add("filter", "is required; {} means all letters");
        CheckRange(errors, "batchSize", request.BatchSize, limits.MaxBatchSize, nameof(limits.MaxBatchSize));
        CheckRange(errors, "maxConcurrent", request.MaxConcurrent, limits.MaxConcurrentLimit, nameof(limits.MaxConcurrentLimit));
        if (request.RatePerSecond is { } rate && !(rate >= SlowestRate && rate <= limits.MaxRatePerSecond))
            errors.Add("ratePerSecond", string.Create(CultureInfo.InvariantCulture, $"must be from {SlowestRate} to {limits.MaxRatePerSecond} (Replays:MaxRatePerSecond)"));
        if (request.Reason is not null && rules.TextError(request.Reason) is { } error) errors.Add("reason", error);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static void CheckFilter(ReplayFilterRequest filter, FieldErrors errors)
    {
        if (filter.Status is LetterStatus.Processing or LetterStatus.Resolved)
            errors.Add("filter.status", "must be dlq_pending, dlq_failed or dlq_manual: others are not replayed");
        if (filter.From >= filter.To) errors.Add("filter.to", "must be after from");
        CheckText(errors, "filter.source", filter.Source);
        CheckText(errors, "filter.target", filter.Target);
        CheckText(errors, "filter.tag", filter.Tag);
        CheckText(errors, "filter.fingerprint", filter.Fingerprint);
        CheckText(errors, "filter.q", filter.Q);
    }

    private static void CheckText(FieldErrors errors, string field, string? text)
    {
        if (text is null) return;
        // An empty text is a slip: as a filter it would be none, and the job would take everything.
        if (text.Length == 0) errors.Add(field, "must not be empty; leave it out for no condition");
        else if (text.Length > MaxFilterLength) errors.Add(field, $"has more than {MaxFilterLength} characters");
        else if (Texts.HasControlCharacters(text)) errors.Add(field, "must not contain control characters");
    }

    private static void CheckRange(FieldErrors errors, string field, int? value, int most, string setting)
    {
        if (value < 1 || value > most) errors.Add(field, $"must be from 1 to {most} (Replays:{setting})");
    }
}
