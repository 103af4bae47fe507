using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Dashboards.Tests;

/// <summary>From <c>/metrics</c> alone: what came in is what waits and what left, under load, at rest, and after a crash.</summary>
[Trait("Spec", "OB1")]
public sealed class SumTests
{
    private const int Clients = 16;

    [Fact]
    public async Task The_sums_agree_under_load_and_over_a_crash()
    {
        using var data = new TempDirectory();
        (string, string)[] environment = [("MAX_RETRIES", "0"), ("Storage__Kind", "sqlite"), ("Ledger__CountIntervalMs", "500")];
        var silo = await SiloProcess.StartAsync(data.Path, environment);
        try
        {
            var load = new Load(() => silo.Api).SubmitAsync(0, Load.Messages, Clients);
            var scrapes = 0;
            while (!load.IsCompleted)
            {
                var now = await ReadAsync(silo);
                // What moves while it is read, and what the last count of the ledger did not see yet.
                Assert.True(Math.Abs(now.CameIn - now.Accounted) <= Math.Max(500, Load.Messages / 10), now.ToString());
                scrapes++;
            }

            await load;
            Assert.True(scrapes > 0);
            foreach (var n in Enumerable.Range(0, 5)) await silo.Api.SubmitAsync($$$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR","n":{{{n}}}}}""");
            await silo.Api.DeleteAsync("/api/messages/" + (await silo.Api.SubmitAsync("""{"payload":1,"delayMs":3600000}""")).Id);
            await silo.Api.SubmitAsync("""{"payload":1,"delayMs":3600000}""");
            await UntilAsync(silo, new Sums(Load.Messages + 7, Load.Messages, 5, 1, 1));

            (await silo.Api.PostAsync("/admin/delivery/pause", """{"reason":"test"}""")).Is(200);
            await new Load(() => silo.Api).SubmitAsync(Load.Messages, 200, Clients);
            await UntilAsync(silo, new Sums(Load.Messages + 207, Load.Messages, 5, 1, 201));
            await silo.KillAsync();
            await silo.DisposeAsync();

            silo = await SiloProcess.StartAsync(data.Path, environment);
            await UntilAsync(silo, new Sums(201, 0, 0, 0, 201));
            (await silo.Api.PostAsync("/admin/delivery/resume", """{"reason":"test"}""")).Is(200);
            await UntilAsync(silo, new Sums(201, 200, 0, 0, 1));
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    private static Task<Sums> UntilAsync(SiloProcess silo, Sums expected) =>
        Wait.UntilAsync(() => ReadAsync(silo), sums => sums == expected, $"the sums are {expected}", TimeSpan.FromMinutes(1));

    private static async Task<Sums> ReadAsync(SiloProcess silo)
    {
        var metrics = Exposition.Parse((await silo.Api.GetAsync("/metrics")).Is(200).Text);
        return new Sums(
            metrics.Sum("messages_found_at_start") + metrics.Sum("stream_enqueue_total") + metrics.Sum("messages_replayed_total"),
            metrics.Samples.GetValueOrDefault("messages_ended_total{end=\"delivered\"}"),
            metrics.Samples.GetValueOrDefault("messages_ended_total{end=\"deadLettered\"}"),
            metrics.Samples.GetValueOrDefault("messages_ended_total{end=\"cancelled\"}"),
            metrics.Sum("messages_waiting") + metrics.Sum("messages_delayed"));
    }

    private sealed record Sums(double CameIn, double Delivered, double DeadLettered, double Cancelled, double Waiting)
    {
        public double Accounted => Delivered + DeadLettered + Cancelled + Waiting;
    }
}
