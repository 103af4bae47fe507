using System.Text.Json;
using DlqCluster.Api.Health;
using DlqCluster.Api.Json;
using DlqCluster.Api.Security;
using DlqCluster.Hosting;
using Microsoft.Net.Http.Headers;

namespace DlqCluster.Api.Live;

/// <summary>Tells many watchers how things are. However many they are, the service is looked at once in each interval.</summary>
/// <param name="system">The service in numbers.</param>
/// <param name="rates">Its rates.</param>
/// <param name="credentials">Knows whether who watches still may.</param>
/// <param name="drain">Ends the streams when the process stops.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveFeed(
    SystemHealth system, RateHistory rates, Credentials credentials, DrainState drain, IOptions<LiveOptions> options, TimeProvider time)
{
    private const int MaxBreakers = 100;

    private readonly TimeSpan _interval = TimeSpan.FromMilliseconds(options.Value.IntervalMs);
    private readonly Lock _lock = new();
    private Task<byte[]>? _newest;
    private long _newestAt;
    private int _streams;

    /// <summary>Takes a place among the streams.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _streams) <= options.Value.MaxStreams) return true;
        Leave();
        return false;
    }

    /// <summary>Writes until the watcher goes or the process stops. The place that was taken is given back.</summary>
    /// <param name="context">The watcher's request.</param>
    public async Task WriteAsync(HttpContext context)
    {
        try
        {
            // Trouble at the first look is answered as it is everywhere.
            var next = await ReadAsync();
            context.Response.ContentType = LiveStream.ContentType;
            context.Response.Headers[HeaderNames.CacheControl] = "no-store";
            // Proxies that gather answers would hold back each second.
            context.Response.Headers["X-Accel-Buffering"] = "no";
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Token);
            var caller = Caller.Of(context)!;
            using var timer = new PeriodicTimer(_interval, time);
            while (next is not null)
            {
                await context.Response.Body.WriteAsync(next, end.Token);
                await context.Response.Body.FlushAsync(end.Token);
                await timer.WaitForNextTickAsync(end.Token);
                next = credentials.AreStillGood(caller) ? await TryReadAsync() : null;
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher has gone, or the process stops: either way this is the end.
        }
        finally
        {
            Leave();
        }
    }

    // Trouble later ends the stream: who watches asks anew, and is told.
    private async Task<byte[]?> TryReadAsync()
    {
        try
        {
            return await ReadAsync();
        }
        catch (Exception)
        {
            return null;
        }
    }

    private void Leave() => Interlocked.Decrement(ref _streams);

    private Task<byte[]> ReadAsync()
    {
        lock (_lock)
        {
            // A little less than the interval, so that who comes at each tick finds a new one.
            if (_newest is null || (_newest.IsCompleted && time.GetElapsedTime(_newestAt) > _interval * 0.8))
            {
                _newestAt = time.GetTimestamp();
                _newest = MakeAsync();
            }

            return _newest;
        }
    }

    private async Task<byte[]> MakeAsync()
    {
        var answer = new LiveAnswer(time.GetUtcNow(), await system.ReadAsync(MaxBreakers), rates.Newest);
        return [.. "event: overview\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Context.LiveAnswer), .. "\n\n"u8];
    }
}

/// <summary>The answer that goes on.</summary>
/// <param name="feed">What writes it.</param>
internal sealed class LiveStream(LiveFeed feed) : IResult
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "text/event-stream";

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => feed.WriteAsync(httpContext);
}
