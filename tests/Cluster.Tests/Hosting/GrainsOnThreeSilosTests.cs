using DlqCluster.Api.Tests.Support;
using DlqCluster.Cluster.Placement;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>A grain that no silo has a class for.</summary>
public interface INobodysGrain : IGrainWithIntegerKey;

/// <summary>What holds on one silo holds on three.</summary>
[Collection(Alone.Name)]
public sealed class GrainsOnThreeSilosTests
{
    private const int Messages = 300;

    [Fact]
    public async Task Messages_that_come_in_at_all_silos_are_delivered_once()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(receiver);

        var ids = await Task.WhenAll(Enumerable.Range(0, Messages).Select(n => ThreeSilos.SubmitAsync(silos.At(n % 3), n, $"m-{n}")));
        await Wait.UntilAsync(() => receiver.Distinct == Messages, "all are received");

        Assert.Equal(Messages, receiver.Receipts.Count);
        foreach (var id in ids) await silos.UntilAsync(id, MessageState.Delivered);
        // What a client says while no silo is there at all is known by its words, for want of anything else.
        Assert.True(SiloFaults.Is(Assert.Throws<ArgumentException>(() => silos.Client.GetGrain<INobodysGrain>(0))));
    }

    [Fact]
    [Trait("Spec", "IN2")]
    public async Task Submits_of_one_key_that_race_at_all_silos_make_one_message()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(receiver);

        for (var key = 0; key < 20; key++)
        {
            var id = MessageId.Derive("race", $"{key}");
            var message = new SubmitMessage(new Envelope { Payload = Payload.Parse($$"""{"n":{{key}}}""") }, "hash");
            var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => silos.At(n % 3).GetGrain<IMessageGrain>(id.Value).Submit(message)));
            Assert.Single(results, result => result.Outcome == SubmitOutcome.Accepted);
            Assert.Equal(29, results.Count(result => result.Outcome == SubmitOutcome.Duplicate));
        }

        await Wait.UntilAsync(() => receiver.Distinct == 20, "all are received");
        Assert.Equal(20, receiver.Receipts.Count);
    }

    [Fact]
    [Trait("Spec", "DE4")]
    public async Task Failed_attempts_are_repeated_then_dead_lettered_and_a_replay_delivers()
    {
        var works = false;
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(Volatile.Read(ref works) ? 200 : 503));
        await using var silos = await ThreeSilos.StartAsync(receiver, ("Retry:MaxRetries", "2"));

        var id = await ThreeSilos.SubmitAsync(silos.Client, 1, "dead");
        await silos.UntilAsync(id, MessageState.DeadLettered);
        Assert.Equal(3, receiver.Receipts.Count);
        Volatile.Write(ref works, true);
        var partition = silos.Client.GetGrain<IDlqPartitionGrain>(id.Partition(silos.Partitions));
        var replay = await partition.Replay(new ReplayLetter(id, "ann", null, null));

        Assert.Equal(ReplayOutcome.Started, replay.Outcome);
        await Wait.UntilAsync(() => silos.Letters.GetAsync(id), letter => letter?.Status == LetterStatus.Resolved, "the letter is resolved");
        await silos.UntilAsync(id, MessageState.Delivered);
        Assert.Equal(4, receiver.Receipts.Count);
    }

    [Fact]
    public async Task Each_silo_has_its_share_of_the_partitions_and_one_that_comes_takes_its_own()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(receiver);

        await UntilSharedAsync(silos, 3);
        await silos.AddAsync();
        await UntilSharedAsync(silos, 4);
        await silos.KillAsync(1);
        await UntilSharedAsync(silos, 3);
    }

    private static async Task UntilSharedAsync(ThreeSilos silos, int count)
    {
        var addresses = silos.Silos.Where(silo => silo.IsActive).Select(silo => silo.SiloAddress).ToArray();
        Assert.Equal(count, addresses.Length);
        var management = silos.Client.GetGrain<IManagementGrain>(0);
        await Wait.UntilAsync(
            async () => (await management.GetDetailedGrainStatistics()).Where(grain => IsPartition(grain.GrainId)).ToArray(),
            grains => grains.Length == 2 * silos.Partitions
                && Array.TrueForAll(grains, grain => grain.SiloAddress.Equals(Shares.OwnerOf(grain.GrainId, addresses))),
            $"the partitions are where they belong on {count} silos",
            TimeSpan.FromSeconds(60));
    }

    private static bool IsPartition(GrainId grain) => grain.Type.ToString() is "ledger" or "dlq";
}
