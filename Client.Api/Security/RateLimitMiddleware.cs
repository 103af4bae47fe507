using System.Globalization;
using DlqCluster.Api.Problems;
using DlqCluster.Hosting;
using DlqCluster.Security;

namespace DlqCluster.Api.Security;

/// <summary>
/// Keeps a client from asking too much: an API key with a limit of its own in all that it does, and everybody in handing in messages. A
/// token bucket for each client, so that the clock of tests moves it and memory is bounded. Behind the check of who it is.
/// </summary>
/// <param name="next">The rest of the pipeline.</param>
/// <param name="options">The limits.</param>
/// <param name="local">Knows whether others can reach the service.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimitMiddleware(RequestDelegate next, IOptions<RateLimitOptions> options, LocalAccess local, TimeProvider time)
{
    private const int WindowSeconds = 60;

    private readonly RateLimitOptions _options = options.Value;
    private readonly TokenBuckets _buckets = new(time, options.Value.MaxClients);

    /// <summary>Handles one request.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context)
    {
        var key = Caller.Of(context)?.Key;
        if (key?.RequestsPerMinute is { } own) return LimitAsync(context, "key " + key.Id, own, own);
        if (!IsIntake(context) || !(_options.Enabled ?? !local.IsOffered)) return next(context);
        var client = key is null ? FailedTries.ClientOf(context.Connection.RemoteIpAddress) : "key " + key.Id;
        return LimitAsync(context, client, _options.RequestsPerMinute, _options.Burst);
    }

    private static bool IsIntake(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<NeededRole>() is { Role: AccessRole.Submit };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task LimitAsync(HttpContext context, string client, int perMinute, int burst)
    {
        var answer = _buckets.Take(client, perMinute, burst);
        var headers = context.Response.Headers;
        headers["RateLimit-Limit"] = Text(burst);
        headers["RateLimit-Remaining"] = Text(answer.Remaining);
        // When the bucket is full again.
        headers["RateLimit-Reset"] = Text((int)Math.Ceiling((burst - answer.Remaining) * (double)WindowSeconds / perMinute));
        headers["RateLimit-Policy"] = $"{Text(perMinute)};w={Text(WindowSeconds)}";
        return answer.Allowed ? next(context) : Problem.RateLimited(perMinute, answer.Wait).ExecuteAsync(context);
    }
}
