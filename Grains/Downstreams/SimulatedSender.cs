using System.Text.Json;
using DlqCluster.Messages;

namespace DlqCluster.Downstreams;

/// <summary>
/// The built-in demo processor. The payload tells it what to do: <c>simulateError</c> (fail every attempt, with <c>errorType</c>, default
/// UNKNOWN_ERROR), <c>failTimes</c> (fail only the first n attempts) and <c>latencyMs</c> (at most an hour).
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SimulatedSender(TimeProvider time)
{
    private static readonly TimeSpan _longestLatency = TimeSpan.FromHours(1);

    public async Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var wish = Read(message.Envelope.Payload);
        var timeout = TimeSpan.FromMilliseconds(downstream.TimeoutMs);
        if (wish.Latency > TimeSpan.Zero)
            await Task.Delay(wish.Latency < timeout ? wish.Latency : timeout, time, cancellationToken);
        if (wish.Latency >= timeout)
            return AttemptResult.Failed(ErrorType.Timeout, $"No answer within {downstream.TimeoutMs} ms (simulated).");
        return wish.FailAlways || message.Attempt <= wish.FailTimes
            ? AttemptResult.Failed(wish.ErrorType, $"Simulated {ErrorTypes.Name(wish.ErrorType)}.")
            : AttemptResult.Delivered();
    }

    private static Wish Read(Payload payload)
    {
        // Most payloads wish for nothing; they are not parsed.
        if (payload.IsEmpty || payload.Utf8[0] != (byte)'{') return default;
        using var document = JsonDocument.Parse(payload.Utf8, new JsonDocumentOptions { MaxDepth = Payload.MaxDepth });
        var root = document.RootElement;
        return new Wish(
            root.TryGetProperty("simulateError"u8, out var always) && always.ValueKind == JsonValueKind.True,
            root.TryGetProperty("failTimes"u8, out var times) && times.TryGetInt32Safe(out var n) ? n : 0,
            root.TryGetProperty("latencyMs"u8, out var latency) && latency.TryGetInt32Safe(out var ms)
                ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, _longestLatency.TotalMilliseconds))
                : TimeSpan.Zero,
            root.TryGetProperty("errorType"u8, out var name) && name.ValueKind == JsonValueKind.String
                && ErrorTypes.TryParse(name.GetString()!, out var type) ? type : ErrorType.Unknown);
    }

    private readonly record struct Wish(bool FailAlways, int FailTimes, TimeSpan Latency, ErrorType ErrorType);
}

/// <summary>Reads numbers from JSON that may hold anything.</summary>
internal static class JsonElementExtensions
{
    public static bool TryGetInt32Safe(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
