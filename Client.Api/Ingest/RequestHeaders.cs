using DlqCluster.Api.Problems;
using Microsoft.Extensions.Primitives;

namespace DlqCluster.Api.Ingest;

/// <summary>Reads the headers that matter to a message.</summary>
internal static class RequestHeaders
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const string CorrelationId = "X-Correlation-Id";

    // version "-" trace id "-" parent id "-" flags, in lower-case hex
    private const int TraceParentLength = 55;
    private const int MaxTraceStateLength = 512;

    /// <summary>Reads them.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="intake">Knows the limits.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="context">The rest.</param>
    /// <returns>What is wrong with them; null when nothing is.</returns>
    public static ApiProblem? Read(IHeaderDictionary headers, MessageIntake intake, out string? key, out RequestContext context)
    {
        FieldErrors? errors = null;
        key = Single(headers[IdempotencyKey], IdempotencyKey, intake, ref errors);
        var correlationId = Single(headers[CorrelationId], CorrelationId, intake, ref errors);
        var trace = TraceParent(headers.TraceParent);
        context = new RequestContext(correlationId, trace, trace is null ? null : TraceState(headers.TraceState));
        return errors is null ? null : Problem.Invalid(errors);
    }

    private static string? Single(StringValues values, string name, MessageIntake intake, ref FieldErrors? errors)
    {
        if (values.Count == 0) return null;
        var text = values[0] ?? "";
        var error = values.Count > 1 ? "is given twice" : intake.TextError(text);
        if (error is null) return text;
        (errors ??= new FieldErrors()).Add(name, error);
        return null;
    }

    // By its specification an unusable trace context is ignored, not refused.
    private static string? TraceParent(StringValues values)
    {
        if (values.Count != 1 || values[0] is not { Length: TraceParentLength } text) return null;
        return System.Diagnostics.ActivityContext.TryParse(text, null, out var parsed) && parsed.TraceId != default ? text : null;
    }

    // Of several headers the specification says to make one; what is longer than everybody must pass on is left out whole.
    private static string? TraceState(StringValues values) =>
        values.ToString() is { Length: > 0 and <= MaxTraceStateLength } text ? text : null;
}
