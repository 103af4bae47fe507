using System.Collections.Concurrent;
using System.Globalization;

namespace DlqCluster.Api.Tests.Support;

/// <summary>Clients that submit numbered messages, each until it is accepted, whatever happens to the service meanwhile.</summary>
/// <param name="service">The service as it is now: it may be killed and come back elsewhere.</param>
internal sealed class Load(Func<ApiClient> service)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<int, string> _accepted = new();

    /// <summary>How many messages a test sends: few in every run, as many as one likes by hand.</summary>
    public static int Messages { get; } = Number("DLQ_CHAOS_MESSAGES", 2_000);

    /// <summary>How many keys a test sends over and over.</summary>
    public static int Keys { get; } = Number("DLQ_CHAOS_KEYS", 1_000);

    /// <summary>The id of each accepted message by its number.</summary>
    public IReadOnlyDictionary<int, string> Accepted => _accepted;

    /// <summary>Submits them all.</summary>
    public async Task SubmitAsync(int first, int count, int clients)
    {
        var next = first - 1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (var n = Interlocked.Increment(ref next); n < first + count; n = Interlocked.Increment(ref next)) _accepted[n] = await SubmitOneAsync(n);
        })));
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private async Task<string> SubmitOneAsync(int n)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            Answer? answer = null;
            try
            {
                answer = await service().SubmitAsync($$$"""{"payload":{"n":{{{n}}}},"source":"load"}""", ("Idempotency-Key", $"m-{n}"));
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or ObjectDisposedException)
            {
                // It is away; the same key makes it safe to ask again.
            }

            if (answer is { Status: 202 }) return answer.Id;
            if (answer is not null and not { Status: 503 } || since.Elapsed > TimeSpan.FromMinutes(1))
                throw new InvalidOperationException($"message {n} was answered with {answer}");
            await Task.Delay(_pause);
        }
    }
}
