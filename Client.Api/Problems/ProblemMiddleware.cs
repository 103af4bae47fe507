using DlqCluster.Hosting;
using DlqCluster.Storage;

namespace DlqCluster.Api.Problems;

/// <summary>
/// Gives every refusal a problem document: those that are thrown, and those that routing makes without a body (404, 405, 415).
/// </summary>
/// <param name="next">The rest of the pipeline.</param>
/// <param name="queue">What <c>Retry-After</c> says.</param>
/// <param name="logger">Where errors go.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ProblemMiddleware(RequestDelegate next, IOptions<QueueOptions> queue, ILogger<ProblemMiddleware> logger, TimeProvider time)
{
    // A store that is away fails every request: one line a second says so.
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(1);

    private long _lastLogged = long.MinValue;

    /// <summary>Handles one request.</summary>
    /// <param name="context">The request.</param>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, error);
            return;
        }

        var response = context.Response;
        if (response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null && response.ContentLength is null)
            await FromStatus(context).ExecuteAsync(context);
    }

    /// <summary>The problem that an exception stands for; null when it is nobody's but ours.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem? FromException(Exception error, int retryAfterSeconds) => error switch
    {
        StorageUnavailableException => Problem.Unavailable("storage-unavailable", "The store could not do its work", retryAfterSeconds),
        TimeoutException => Problem.Unavailable("timeout", "The answer took too long", retryAfterSeconds),
        BadHttpRequestException bad => new ApiProblem(bad.StatusCode, "bad-request", "The request could not be read.", bad.Message),
        _ when SiloFaults.Is(error) => Problem.Unavailable("silo-unavailable", "No silo could be reached", retryAfterSeconds),
        _ => null,
    };

    private static ApiProblem FromStatus(HttpContext context)
    {
        var request = context.Request;
        return context.Response.StatusCode switch
        {
            404 => Problem.NoRoute(request.Method, request.Path.Value),
            405 => Problem.MethodNotAllowed(request.Method, request.Path.Value),
            415 => Problem.UnsupportedMediaType("application/json"),
            500 => Problem.Internal(),
            var status => new ApiProblem(status, "bad-request", "The request was refused.", $"{request.Method} {request.Path.Value} was refused."),
        };
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        // Nobody is there to read an answer.
        if (context.RequestAborted.IsCancellationRequested) return;
        var problem = FromException(error, queue.Value.RetryAfterSeconds);
        if (problem is null) LogUnexpected(error, context.Request.Method, context.Request.Path.ToUriComponent());
        else if (problem.Status == 503 && MayLog()) LogUnavailable(error.Message, context.Request.Method, context.Request.Path.ToUriComponent());
        await (problem ?? Problem.Internal()).ExecuteAsync(context);
    }

    private bool MayLog()
    {
        var now = time.GetTimestamp();
        var last = Volatile.Read(ref _lastLogged);
        if (last != long.MinValue && time.GetElapsedTime(last, now) < _quiet) return false;
        return Interlocked.CompareExchange(ref _lastLogged, now, last) == last;
    }

    [LoggerMessage(1007, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogUnexpected(Exception error, string method, string path);

    [LoggerMessage(1008, LogLevel.Warning, "{Method} {Path} was answered with 503: {Reason}")]
    private partial void LogUnavailable(string reason, string method, string path);
}
