using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary>Watches a replay job until it ends.</summary>
internal static class ReplayFollower
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Watches it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The job.</param>
    /// <returns>The job at its end.</returns>
    public static async Task<JsonElement> RunAsync(Session session, string id)
    {
        JsonElement job = default;
        try
        {
            job = await session.Api.GetAsync(Query.Path("api/replays", id), session.Cancel);
            await Bar.RunAsync(session.Screen, "Replaying", Cell.Number(job, "matched"), async advance =>
            {
                var done = 0.0;
                var told = "";
                while (true)
                {
                    var now = Cell.Number(job, "delivered") + Cell.Number(job, "failed") + Cell.Number(job, "skipped");
                    advance(now - done);
                    done = now;
                    told = Tell(session.Screen, job, told);
                    if (Cell.Find(job, "endedAt") is not null) return;
                    await Task.Delay(_interval, session.Around.Time, session.Cancel);
                    job = await session.Api.GetAsync(Query.Path("api/replays", id), session.Cancel);
                }
            });
        }
        catch (OperationCanceledException) when (session.Cancel.IsCancellationRequested)
        {
            session.Screen.Remark($"The replay goes on. Look: dlq replays follow {Cell.Safe(id)}; end it: dlq replays cancel {Cell.Safe(id)}");
            throw;
        }

        return job;
    }

    // Says once why it stands still.
    private static string Tell(Screen screen, JsonElement job, string told)
    {
        var state = Cell.Text(job, "state");
        if (state is not ("waiting" or "paused")) return "";
        var why = string.Join(", ", Cell.List(job, "blockedBy").Select(block => $"{Cell.Text(block, "target")}: {Cell.Text(block, "reason")}"));
        var words = why.Length == 0 ? state : $"{state} ({why})";
        if (words != told) screen.Remark($"[yellow]{Cell.Safe(words)}[/]");
        return words;
    }
}
