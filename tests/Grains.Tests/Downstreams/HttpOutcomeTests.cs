using System.Net;
using System.Net.Http.Headers;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Downstreams;

[Trait("Spec", "DE3")]
public sealed class HttpOutcomeTests
{
    [Fact]
    public void Every_status_is_delivered_transient_or_permanent_and_has_its_error_type()
    {
        for (var code = 100; code <= 599; code++)
        {
            var result = HttpOutcome.Of((HttpStatusCode)code, "Reason", "body", TimeSpan.FromSeconds(3));
            Assert.Equal(code, result.StatusCode);
            if (code is >= 200 and <= 299)
            {
                Assert.Equal(AttemptOutcome.Delivered, result.Outcome);
                continue;
            }

            var transient = code is 408 or 425 or 429 or >= 500;
            Assert.Equal(transient ? AttemptOutcome.TransientFailure : AttemptOutcome.PermanentFailure, result.Outcome);
            Assert.Equal(TypeOf(code), result.ErrorType);
            Assert.Equal(
                ($"HTTP {code} Reason", "body", (TimeSpan?)TimeSpan.FromSeconds(3)),
                (result.Error!, result.Detail!, result.RetryAfter));
        }
    }

    [Theory]
    [InlineData(null, null, "HTTP 503", null)]
    [InlineData("", "", "HTTP 503", null)]
    [InlineData("Busy", "x", "HTTP 503 Busy", "x")]
    public void Without_reason_or_body_none_is_made_up(string? reason, string? body, string error, string? detail)
    {
        var result = HttpOutcome.Of(HttpStatusCode.ServiceUnavailable, reason, body, null);
        Assert.Equal((error, detail, null), (result.Error!, result.Detail, result.RetryAfter));
    }

    [Fact]
    public void Retry_After_is_read_in_both_its_forms()
    {
        Assert.Equal(TimeSpan.FromSeconds(120), HttpOutcome.RetryAfter(RetryConditionHeaderValue.Parse("120"), Samples.Start));
        Assert.Equal(TimeSpan.Zero, HttpOutcome.RetryAfter(RetryConditionHeaderValue.Parse("0"), Samples.Start));
        Assert.Equal(
            TimeSpan.FromSeconds(90),
            HttpOutcome.RetryAfter(RetryConditionHeaderValue.Parse("Sun, 01 Mar 2026 12:01:30 GMT"), Samples.Start));
        Assert.Null(HttpOutcome.RetryAfter(RetryConditionHeaderValue.Parse("Sun, 01 Mar 2026 12:00:00 GMT"), Samples.Start));
        Assert.Null(HttpOutcome.RetryAfter(RetryConditionHeaderValue.Parse("Sun, 01 Mar 2020 12:00:00 GMT"), Samples.Start));
        Assert.Null(HttpOutcome.RetryAfter(null, Samples.Start));
    }

    private static ErrorType TypeOf(int code) => code switch
    {
        408 => ErrorType.Timeout,
        425 or 429 => ErrorType.RateLimited,
        400 or 422 => ErrorType.Validation,
        >= 500 => ErrorType.Server,
        _ => ErrorType.Client,
    };
}
