using System.Diagnostics;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cluster.Tests.Metrics;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>Three silos and two APIs as processes: they deliver, lose a silo, gain one, and lose Redis for a while.</summary>
[Collection(Alone.Name)]
public sealed class ClusterProcessTests
{
    private const int Some = 100;
    private const int Explained = 3;

    private const string LooksFail = "Looking for due messages in the ledger failed.";
    private const string LooksWorkAgain = "Looking for due messages in the ledger works again";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60 + (Load.Messages / 50));
    private static readonly TimeSpan _takeOver = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(20);

    // What a death may cut off lies between the receiver's answer and our record of it.
    private static readonly TimeSpan _inFlight = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task All_messages_are_received_once_and_every_silo_does_its_part()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var cluster = await ClusterProcesses.StartAsync(receiver);
        var load = new Load(() => cluster.Api);

        await load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(() => receiver.Distinct >= Load.Messages, $"{Load.Messages} messages are received", _patience);

        Assert.Equal(Load.Messages, receiver.Receipts.Count);
        Assert.All(receiver.Receipts, receipt => Assert.Equal(load.Accepted[receipt.Sequence], receipt.Id));
        Assert.All(await cluster.DeliveredByEachAsync(), delivered => Assert.InRange(delivered, Load.Messages / 10.0, Load.Messages * 0.9));
        await AssertItIsSeenAsync(cluster);
    }

    [Fact]
    [Trait("Spec", "DE4")]
    public async Task A_silo_that_is_killed_under_load_costs_nothing_but_what_was_in_flight_there()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var cluster = await ClusterProcesses.StartAsync(receiver);
        var load = new Load(() => cluster.Api);

        var submitting = load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(() => load.Accepted.Count >= Load.Messages / 2, "half are accepted", _patience);
        // The one whose death hurts most: the others' gates must find the breaker anew.
        var victim = await cluster.KeeperOfBreakerAsync();
        var killedAt = Stopwatch.GetTimestamp();
        await victim.KillAsync();
        var owed = load.Accepted.Values.Where(id => !receiver.Has(id)).ToArray();
        await Wait.UntilAsync(
            () => cluster.SilosHealthAsync(), silos => silos is ("degraded", not null), "health says what is missing", _takeOver);
        Assert.Contains("2 of 3 silos", (await cluster.SilosHealthAsync()).Detail, StringComparison.Ordinal);
        await Wait.UntilAsync(() => owed.All(receiver.Has), $"the {owed.Length} messages that were owed when it died are delivered", _takeOver);
        await submitting;
        await AllAcceptedAreReceivedAsync(cluster, load, receiver);

        Assert.Equal(Load.Messages, load.Accepted.Count);
        Assert.All(receiver.Receipts, receipt => Assert.Equal(load.Accepted[receipt.Sequence], receipt.Id));
        foreach (var repeats in receiver.Receipts.GroupBy(receipt => receipt.Id).Where(group => group.Count() > 1))
        {
            var first = repeats.MinBy(receipt => receipt.ArrivedAt)!;
            Assert.Equal(2, repeats.Count());
            Assert.True(Stopwatch.GetElapsedTime(first.AnsweredAt, killedAt).Duration() < _inFlight, $"{repeats.Key} was not in flight when the silo died");
        }
    }

    [Fact]
    [Trait("Spec", "DE9")]
    public async Task A_silo_that_is_stopped_loses_and_repeats_nothing_and_one_that_comes_does_its_part()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var cluster = await ClusterProcesses.StartAsync(receiver);
        var load = new Load(() => cluster.Api);

        var submitting = load.SubmitAsync(0, Load.Messages, clients: 32);
        await Wait.UntilAsync(() => load.Accepted.Count >= Load.Messages / 4, "a quarter is accepted", _patience);
        await cluster.AddSiloAsync();
        Assert.Equal(0, await cluster.Silos[0].TerminateAsync());
        await submitting;
        // Until an API has heard of a new silo it sends it nothing.
        var sent = Load.Messages;
        await Wait.UntilAsync(
            async () =>
            {
                await load.SubmitAsync(sent, Some, clients: 16);
                sent += Some;
                return (await cluster.DeliveredByEachAsync())[^1];
            },
            byTheNewOne => byTheNewOne > 0,
            "the new silo does its part",
            TimeSpan.FromSeconds(60));
        await AllAcceptedAreReceivedAsync(cluster, load, receiver);

        Assert.Equal(sent, load.Accepted.Count);
        Assert.Equal(sent, receiver.Receipts.Count);
    }

    [Fact]
    [Trait("Spec", "IN4")]
    public async Task While_Redis_is_away_submits_are_refused_and_afterwards_work_goes_on_by_itself()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var cluster = await ClusterProcesses.StartAsync(receiver);
        var load = new Load(() => cluster.Api);

        var submitting = load.SubmitAsync(0, Load.Messages, clients: 16);
        await Wait.UntilAsync(() => load.Accepted.Count >= Load.Messages / 2, "half are accepted", _patience);
        await cluster.Redis.KillAsync();
        var away = Stopwatch.StartNew();
        while (away.Elapsed < _outage)
        {
            var answer = await cluster.Api.SubmitAsync("""{"payload":{"n":0}}""");
            answer.IsProblem(503, "storage-unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
            await Task.Delay(500);
        }

        Assert.Equal(503, (await cluster.Api.GetAsync("/api/health/ready")).Status);
        Assert.Equal(200, (await cluster.Api.GetAsync("/api/health/live")).Status);
        foreach (var silo in cluster.Silos) Assert.Equal(1, Times(silo, LooksFail));
        await cluster.Redis.StartAsync();
        await submitting;
        await AllAcceptedAreReceivedAsync(cluster, load, receiver);
        await Wait.UntilAsync(() => cluster.Api.GetAsync("/api/health"), health => health.Status == 200, "all is well again");

        Assert.Equal(Load.Messages, load.Accepted.Count);
        foreach (var silo in cluster.Silos) await Wait.UntilAsync(() => Times(silo, LooksWorkAgain) == 1, "it says that the store is back");
        foreach (var silo in cluster.Silos) Assert.Equal(1, Times(silo, LooksFail));
    }

    [Fact]
    public async Task A_process_with_another_number_of_partitions_than_that_of_the_cluster_does_not_start()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var cluster = await ClusterProcesses.StartAsync(receiver);

        foreach (var role in new[] { "silo", "api" })
        {
            await using var wrong = await cluster.RunAsync(("Cluster__Role", role), ("Partitions__Count", "32"));
            Assert.Equal(1, wrong.ExitCode);
            Assert.Contains("Cannot start: Partitions:Count is 32, but this data was created with 16 partitions", wrong.Output, StringComparison.Ordinal);
        }

        Assert.Equal("healthy", (await cluster.SilosHealthAsync()).Status);
    }

    // What is missing tells of itself: a test that only says "not all" would have to be run again to learn anything.
    private static async Task AllAcceptedAreReceivedAsync(ClusterProcesses cluster, Load load, Receiver receiver)
    {
        try
        {
            await Wait.UntilAsync(() => load.Accepted.Values.All(receiver.Has), "all accepted messages are received", _patience);
        }
        catch (TimeoutException late)
        {
            var missing = load.Accepted.Values.Where(id => !receiver.Has(id)).ToArray();
            var explained = await Task.WhenAll(missing.Take(Explained).Select(id => cluster.Api.GetAsync($"/api/messages/{id}/explain")));
            throw new TimeoutException($"{late.Message} {missing.Length} are missing: {string.Join('\n', explained.Select(answer => answer.Text))}", late);
        }
    }

    private static int Times(SiloProcess process, string text) =>
        process.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

    // What an operator looks at: health, the dashboard of Orleans and the metrics of each process.
    private static async Task AssertItIsSeenAsync(ClusterProcesses cluster)
    {
        var health = await cluster.Api.GetAsync("/api/health");
        Assert.Equal("healthy", health.Is(200)["status"].GetString());
        Assert.Contains("appendfsync", health.Text, StringComparison.Ordinal);
        var counters = await cluster.Silos[0].Api.GetAsync("/orleans/ClusterStats");
        Assert.Equal(200, counters.Status);
        foreach (var process in cluster.Silos)
            Assert.Contains("stream_consumer_processed_total", (await process.Api.GetAsync("/metrics")).Is(200).Text, StringComparison.Ordinal);
        foreach (var process in cluster.All) Assert.Empty(await Promtool.LintAsync((await process.Api.GetAsync("/metrics")).Text));
        // An API runs no grains, and knows what all silos have done.
        await Wait.UntilAsync(
            () => cluster.Api.GetAsync("/api/system/health"),
            system => system.Is(200)["queue"].GetProperty("completed").GetInt64() == Load.Messages,
            "the APIs know what all silos have done");
        // A silo that is no API has none of its paths: the document, which other clients here are held to, does not speak of it.
        using var plain = new HttpClient();
        using var answer = await plain.GetAsync(new Uri(cluster.Silos[0].Api.Address, "/api/messages/0198c0de-0000-7000-8000-000000000000"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("/problems/not-found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
