using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.WholeProcess;

/// <summary>Ordering keys with the built program, a receiver that often fails, and a kill under load: DE8.</summary>
/// <remarks>Larger by hand: <c>DLQ_ORDER_MESSAGES=10000 DLQ_ORDER_KEYS=100</c>.</remarks>
[Trait("Spec", "DE8")]
public sealed class OrderTests
{
    private static readonly int _messages = Setting("DLQ_ORDER_MESSAGES", 1_000);
    private static readonly int _keys = Setting("DLQ_ORDER_KEYS", 50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60 + (_messages / 20));

    // What a kill may cut off lies between the receiver's answer and our record of it.
    private static readonly TimeSpan _inFlight = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Killed_under_load_each_key_arrives_in_order_and_once_but_for_what_was_in_flight()
    {
        using var data = new TempDirectory();
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(Random.Shared.Next(5) == 0 ? 503 : 200));
        (string, string)[] environment =
        [
            .. receiver.Environment, ("BASE_BACKOFF_MS", "20"), ("MAX_RETRIES", "30"), ("Retry__MaxBackoffMs", "200"),
            // One in five fails, and that is not what this is about.
            ("Downstreams__default__Breaker__FailureRatio", "0.9"), ("Downstreams__default__Breaker__ConsecutiveFailures", "1000"),
        ];
        var silo = await SiloProcess.StartAsync(data.Path, environment);
        var accepted = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var submitting = Task.WhenAll(Enumerable.Range(0, _keys).Select(key => SubmitAsync(key, () => silo.Api, accepted)));
        await Wait.UntilAsync(() => receiver.Distinct >= _messages / 2 || submitting.IsFaulted, "half are delivered", _patience);
        var killedAt = Stopwatch.GetTimestamp();
        await silo.KillAsync();
        silo = await SiloProcess.StartAsync(data.Path, environment);
        await submitting;
        await Wait.UntilAsync(() => accepted.Keys.All(receiver.Has), "all accepted messages are delivered", _patience);
        await Wait.UntilAsync(
            () => silo.Api.GetAsync("/api/ordering/lanes"), lanes => lanes["data"].GetArrayLength() == 0, "no lane has messages", _patience);
        await silo.DisposeAsync();

        Assert.Equal(_messages, accepted.Count);
        foreach (var key in receiver.Receipts.GroupBy(receipt => receipt.Sequence % _keys))
        {
            var order = key.OrderBy(receipt => receipt.ArrivedAt).ToArray();
            Assert.Equal(order.Select(receipt => receipt.Sequence).Order(), order.Select(receipt => receipt.Sequence));
            foreach (var message in order.GroupBy(receipt => receipt.Sequence))
            {
                var deliveries = message.Where(receipt => receipt.Status == 200).ToArray();
                Assert.True(
                    deliveries.Length == 1 || (deliveries.Length == 2 && Straddles(killedAt, deliveries[0], deliveries[1])),
                    $"Message {message.Key} was delivered {deliveries.Length} times, and not because of the kill.");
            }
        }
    }

    /// <summary>Submits the messages of one key: each when the one before is acknowledged, and again with its own key until it is.</summary>
    private static async Task SubmitAsync(int key, Func<ApiClient> api, ConcurrentDictionary<string, int> accepted)
    {
        for (var number = key; number < _messages; number += _keys)
        {
            var body = $$"""{"orderingKey":"key {{key}}","clientMessageId":"{{number}}","payload":{"n":{{number}} } }""";
            var since = Stopwatch.StartNew();
            while (true)
            {
                try
                {
                    var answer = await api().SubmitAsync(body);
                    if (answer.Status == 202)
                    {
                        accepted[answer.Id] = number;
                        break;
                    }
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or ObjectDisposedException)
                {
                    // It is dead, or dying; the next one will answer.
                }

                if (since.Elapsed > _patience) throw new TimeoutException($"Message {number} was not accepted.");
                await Task.Delay(50);
            }
        }
    }

    private static bool Straddles(long kill, Receipt earlier, Receipt later) =>
        later.ArrivedAt > kill && (earlier.AnsweredAt > kill || Stopwatch.GetElapsedTime(earlier.AnsweredAt, kill) < _inFlight);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
