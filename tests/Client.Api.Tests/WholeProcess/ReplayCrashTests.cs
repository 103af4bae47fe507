using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.WholeProcess;

/// <summary>A replay job over processes that are killed: DQ6.</summary>
public sealed class ReplayCrashTests
{
    private const int Letters = 300;

    [Fact]
    [Trait("Spec", "DQ6")]
    public async Task A_job_survives_two_kills_and_replays_each_letter_once()
    {
        var isUp = false;
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(isUp ? 200 : 400));
        using var data = new TempDirectory();
        var silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
        try
        {
            var messages = string.Join(',', Enumerable.Range(0, Letters).Select(n => $$$"""{"payload":{"n":{{{n}}}}}"""));
            (await silo.Api.PostAsync("/api/messages/batch", $$"""{"messages":[{{messages}}]}""")).Is(202);
            await Wait.UntilAsync(() => silo.Api.GetAsync("/api/dlq/stats"), stats => stats["byStatus"].GetProperty("dlq_manual").GetInt32() == Letters, "all are dead letters");
            isUp = true;
            var id = (await silo.Api.PostAsync("/api/dlq/replay-batch", """{"filter":{},"ratePerSecond":100,"batchSize":20}""")).Is(202)["jobId"].GetString();

            foreach (var share in new[] { 1, 2 })
            {
                await Wait.UntilAsync(() => receiver.Distinct >= share * Letters / 3, "a part is replayed");
                await silo.KillAsync();
                await silo.DisposeAsync();
                silo = await SiloProcess.StartAsync(data.Path, receiver.Environment);
            }

            var job = await Wait.UntilAsync(
                () => silo.Api.GetAsync("/api/replays/" + id), job => job.State == "completed", "the job is done", TimeSpan.FromMinutes(1));
            Assert.Equal((Letters, 0, 0), (job["delivered"].GetInt32(), job["failed"].GetInt32(), job["skipped"].GetInt32()));
            Assert.Equal(Letters, receiver.Distinct);
            // What was on its way at a kill is sent again, as the same message: at most what was out at once.
            Assert.InRange(receiver.Receipts.Count(receipt => receipt.Status == 200), Letters, Letters + (2 * 100));
            var stats = await silo.Api.GetAsync("/api/dlq/stats");
            Assert.Equal((Letters, 1.0), (stats["byStatus"].GetProperty("dlq_resolved").GetInt32(), stats["replaySuccessRate"].GetDouble()));
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }
}
