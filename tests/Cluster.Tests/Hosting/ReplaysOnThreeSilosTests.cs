using DlqCluster.Api.Tests.Support;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using DlqCluster.Replays;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>Replay jobs and ordering keys on three silos, one of which dies.</summary>
[Collection(Alone.Name)]
public sealed class ReplaysOnThreeSilosTests
{
    private const int Letters = 120;
    private const int Keys = 6;
    private const int PerKey = 15;

    [Fact]
    [Trait("Spec", "DQ6")]
    public async Task A_job_whose_silo_dies_goes_on_elsewhere_and_replays_each_letter_once()
    {
        var works = false;
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(Volatile.Read(ref works) ? 200 : 400));
        await using var silos = await ThreeSilos.StartAsync(receiver);
        var ids = await Task.WhenAll(Enumerable.Range(0, Letters).Select(n => ThreeSilos.SubmitAsync(silos.At(n % 3), n, $"letter-{n}")));
        foreach (var id in ids) await silos.UntilAsync(id, MessageState.DeadLettered);
        Volatile.Write(ref works, true);

        var job = (await silos.Client.GetGrain<IReplayIndexGrain>(0).Start(await PlanAsync(silos)))!;
        await Wait.UntilAsync(() => JobAsync(silos, job.JobId), view => view?.Delivered >= Letters / 4, "a quarter is replayed");
        await silos.KillAsync(await SiloOfAsync(silos, job.JobId));
        var done = await Wait.UntilAsync(() => JobAsync(silos, job.JobId), view => view?.State == ReplayJobState.Completed, "the job is done", TimeSpan.FromSeconds(90));

        Assert.Equal((Letters, 0L), (done!.Delivered, done.Failed));
        foreach (var id in ids)
        {
            var letter = (await silos.Letters.GetAsync(id))!;
            Assert.Equal((LetterStatus.Resolved, 1), (letter.Status, letter.ReplayAttempts.Count));
        }

        // Whatever was between the receiver's answer and our record of it when the silo died may have come twice.
        var replayed = receiver.Receipts.Count - Letters;
        Assert.InRange(replayed, Letters, Letters + (int)job.Plan.MaxConcurrent);
    }

    [Fact]
    [Trait("Spec", "DE8")]
    public async Task Each_ordering_key_keeps_its_order_when_messages_come_in_at_all_silos_and_one_dies()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var silos = await ThreeSilos.StartAsync(receiver, ("Ordering:RecheckMs", "3000"));
        var submitting = Task.WhenAll(Enumerable.Range(0, Keys).Select(async key =>
        {
            for (var n = 0; n < PerKey; n++) await SubmitInOrderAsync(silos, key, n);
        }));
        await Wait.UntilAsync(() => receiver.Distinct > Keys * PerKey / 3, "a third is received");
        await silos.KillAsync(2);
        await submitting;
        await Wait.UntilAsync(() => receiver.Distinct == Keys * PerKey, "all are received", TimeSpan.FromSeconds(90));

        for (var key = 0; key < Keys; key++)
        {
            var order = receiver.Receipts.Where(receipt => receipt.Sequence / PerKey == key).OrderBy(receipt => receipt.ArrivedAt).Select(receipt => receipt.Sequence).ToArray();
            Assert.Equal(order.Order(), order);
        }

        await Wait.UntilAsync(() => silos.Ordering.CountAsync(), totals => totals == default, "no lane is left", TimeSpan.FromSeconds(60));
    }

    private static async Task<ReplayJobPlan> PlanAsync(ThreeSilos silos)
    {
        var selectedAt = DateTimeOffset.UtcNow;
        var tally = await silos.Letters.TallyAsync(new LetterSelection(new LetterFilter(), selectedAt), 10);
        return new ReplayJobPlan
        {
            SelectedAt = selectedAt,
            BatchSize = 20,
            MaxConcurrent = 10,
            RatePerSecond = 20,
            By = "ann",
            Reason = "it works again",
            ByTarget = tally.ByTarget,
            ByErrorType = tally.ByErrorType,
        };
    }

    // While the directory finds out that a silo is gone, calls fail.
    private static async Task<ReplayJobView?> JobAsync(ThreeSilos silos, string id)
    {
        try
        {
            return await silos.Client.GetGrain<IReplayJobGrain>(id).Get();
        }
        catch (Exception error) when (error is TimeoutException or OrleansException)
        {
            return null;
        }
    }

    private static async Task<int> SiloOfAsync(ThreeSilos silos, string job)
    {
        var grains = await silos.Client.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        var place = grains.Single(grain => grain.GrainId.Equals(silos.Client.GetGrain<IReplayJobGrain>(job).GetGrainId())).SiloAddress;
        return silos.Silos.Select((silo, index) => (silo.SiloAddress, index)).Single(silo => silo.SiloAddress.Equals(place)).index;
    }

    private static async Task SubmitInOrderAsync(ThreeSilos silos, int key, int number)
    {
        var id = MessageId.Derive("order", $"{key}/{number}");
        var envelope = new Envelope { Payload = Payload.Parse($$"""{"n":{{(key * PerKey) + number}}}"""), OrderingKey = $"k{key}" };
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    // Of the two that live on, whichever is next.
                    var result = await silos.At(number % 2).GetGrain<IMessageGrain>(id.Value).Submit(new SubmitMessage(envelope, "same"));
                    return result.Outcome is SubmitOutcome.Accepted or SubmitOutcome.Duplicate;
                }
                catch (Exception error) when (error is TimeoutException or OrleansException)
                {
                    return false;
                }
            },
            static accepted => accepted,
            $"message {number} of key {key} is accepted",
            TimeSpan.FromSeconds(60));
    }
}
