using System.Text.Json.Serialization;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>How a load is paced.</summary>
internal enum Pace
{
    /// <summary>Each connection sends its next request when the last one is answered.</summary>
    Closed,

    /// <summary>Requests are sent at a rate, whatever the answers do; latency counts from when a request should have been sent.</summary>
    Open,
}

/// <summary>What a load is made of.</summary>
internal enum LoadKind
{
    /// <summary>Plain messages.</summary>
    Message,

    /// <summary>Messages of 1,000 conversations, one after another.</summary>
    Conversation,

    /// <summary>Notifications of 1,000 recipients, one after another.</summary>
    Notification,
}

/// <summary>What the load generator is asked to send: one line of JSON on its input, answered by one line on its output.</summary>
internal sealed record LoadOrder
{
    /// <summary>Where to.</summary>
    public required int Port { get; init; }

    /// <summary>The run, which is part of every message's key.</summary>
    public required int Run { get; init; }

    /// <summary>How many messages.</summary>
    public required int Count { get; init; }

    /// <summary>Of which kind; batches are of plain messages.</summary>
    public LoadKind Kind { get; init; }

    /// <summary>Over how many connections.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>How they are paced.</summary>
    public Pace Pace { get; init; }

    /// <summary>Requests a second, when open.</summary>
    public double Rate { get; init; }

    /// <summary>Messages a request; more than one goes to the batch endpoint.</summary>
    public int PerRequest { get; init; } = 1;

    /// <summary>Bytes of text in a payload.</summary>
    public int TextBytes { get; init; } = 900;

    /// <summary>When the messages are due; null for now.</summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>Over how long after <see cref="DeliverAt"/> they are due, evenly, request by request; zero for all at once. The receiver's latencies are then from
    /// when a message was due.</summary>
    public double DueOverSeconds { get; init; }

    /// <summary>Their downstream; null for the default.</summary>
    public string? Target { get; init; }

    /// <summary>More members of the payload, each with a comma before it.</summary>
    public string MorePayload { get; init; } = "";

    /// <summary>Whether a message is sent again until it is accepted, over new connections if need be.</summary>
    public bool Insist { get; init; }
}

/// <summary>What came of a load. Times in milliseconds.</summary>
internal sealed record LoadReport
{
    /// <summary>Messages that were accepted.</summary>
    public int Accepted { get; init; }

    /// <summary>Other answers and failures, by status or name.</summary>
    public Dictionary<string, int> Other { get; init; } = [];

    /// <summary>When the first was sent: a monotonic time that all processes share, in ticks of the stopwatch.</summary>
    public long StartedAt { get; init; }

    /// <summary>From the first to the last answer.</summary>
    public double ElapsedMs { get; init; }

    /// <summary>How long answers took.</summary>
    public Spread Latency { get; init; } = new();
}

/// <summary>What the receiver is asked.</summary>
internal sealed record ReceiverOrder
{
    /// <summary>Begins to count this run; null asks how the current one stands.</summary>
    public int? Begin { get; init; }

    /// <summary>How many messages it has.</summary>
    public int Count { get; init; }

    /// <summary>Whether latencies are wanted.</summary>
    public bool WithLatency { get; init; }
}

/// <summary>What the receiver has got of the run. Times in milliseconds.</summary>
internal sealed record ReceiverReport
{
    /// <summary>Different messages.</summary>
    public int Unique { get; init; }

    /// <summary>Deliveries of messages that had been delivered before.</summary>
    public int Repeats { get; init; }

    /// <summary>When the last new message came, in ticks of the stopwatch.</summary>
    public long LastAt { get; init; }

    /// <summary>From when a message should have been sent to when it came.</summary>
    public Spread? Latency { get; init; }
}

/// <summary>A distribution, in milliseconds.</summary>
internal sealed record Spread
{
    /// <summary>The median.</summary>
    public double P50 { get; init; }

    /// <summary>Exceeded by 5 %.</summary>
    public double P95 { get; init; }

    /// <summary>Exceeded by 1 %.</summary>
    public double P99 { get; init; }

    /// <summary>The greatest.</summary>
    public double Max { get; init; }

    /// <summary>The distribution of some values, which are sorted in place.</summary>
    /// <param name="values">The values.</param>
    public static Spread Of(Span<float> values)
    {
        if (values.IsEmpty) return new Spread();
        values.Sort();
        return new Spread { P50 = At(values, 0.50), P95 = At(values, 0.95), P99 = At(values, 0.99), Max = values[^1] };
    }

    private static float At(Span<float> sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LoadOrder))]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(ReceiverOrder))]
[JsonSerializable(typeof(ReceiverReport))]
internal sealed partial class OrdersJson : JsonSerializerContext;
