using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using DlqCluster.Messages;

namespace DlqCluster.Downstreams;

/// <summary>What an HTTP answer means for a message.</summary>
internal static class HttpOutcome
{
    /// <summary>2xx is a delivery; 408, 425, 429 and 5xx are transient; every other status is permanent.</summary>
    public static AttemptResult Of(HttpStatusCode status, string? reason, string? body, TimeSpan? retryAfter)
    {
        var code = (int)status;
        if (code is >= 200 and <= 299) return AttemptResult.Delivered(code);
        var type = code switch
        {
            408 => ErrorType.Timeout,
            425 or 429 => ErrorType.RateLimited,
            >= 500 => ErrorType.Server,
            400 or 422 => ErrorType.Validation,
            _ => ErrorType.Client,
        };
        var error = string.Create(CultureInfo.InvariantCulture, $"HTTP {code} {reason}").TrimEnd();
        return AttemptResult.Failed(type, error, code) with { Detail = string.IsNullOrEmpty(body) ? null : body, RetryAfter = retryAfter };
    }

    /// <summary>How long <c>Retry-After</c> asks us to wait, whichever of its two forms it has.</summary>
    public static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > now => date - now,
        _ => null,
    };
}
