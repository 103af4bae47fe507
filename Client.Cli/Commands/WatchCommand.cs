using System.CommandLine;
using System.Text.Json;
using DlqCluster.Cli.Output;
using DlqCluster.Cli.Running;
using Spectre.Console;

namespace DlqCluster.Cli.Commands;

/// <summary><c>watch</c>: how the service is, over and over.</summary>
internal static class WatchCommand
{
    private const int MostLooks = 1_000_000;

    /// <summary>Makes it.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var interval = Limits.Ratio("--interval", "Seconds from one look to the next [1]", 0.1, 3_600);
        var count = Limits.Optional("--count", "Looks; without it until Ctrl-C", 1, MostLooks);
        yield return runner.Make(
            "watch", "Watch rates, queue, breakers and dead letters live; piped, a line of JSON a look",
            session => RunAsync(session, TimeSpan.FromSeconds(session.Get(interval) ?? 1), session.Get(count) ?? long.MaxValue), interval, count);
    }

    private static async Task RunAsync(Session session, TimeSpan interval, long count)
    {
        if (session.Screen.IsJson || !session.Around.OutIsTerminal)
        {
            await LookAsync(session, interval, count, look =>
            {
                using var json = JsonDocument.Parse(new Body().AddJson("at", $"\"{session.Screen.Now:O}\"").AddJson("system", Screen.Text(look.System, indented: false))
                    .AddJson("rates", look.Rates is { } rates ? Screen.Text(rates, indented: false) : null).ToString());
                session.Screen.JsonLine(json.RootElement);
            });
            return;
        }

        var console = session.Screen.Console;
        await console.Live(new Text("")).AutoClear(false).StartAsync(async live => await LookAsync(session, interval, count, look =>
        {
            live.UpdateTarget(WatchPicture.Of(look, session.Screen.Now, session.Screen.Width, console.Profile.Height));
            live.Refresh();
        }));
    }

    private static async Task LookAsync(Session session, TimeSpan interval, long count, Action<Look> show)
    {
        for (var look = 0L; look < count; look++)
        {
            if (look > 0) await Task.Delay(interval, session.Around.Time, session.Cancel);
            var system = await session.Api.GetAsync("api/system/health", session.Cancel);
            var history = Cell.List(await session.Api.GetAsync("api/rates", session.Cancel));
            show(new Look(system, history));
        }
    }
}

/// <summary>One look at the service.</summary>
/// <param name="System">Its numbers.</param>
/// <param name="History">Its rates, the newest last.</param>
internal sealed record Look(JsonElement System, IReadOnlyList<JsonElement> History)
{
    /// <summary>The newest rates.</summary>
    public JsonElement? Rates => History.Count == 0 ? null : History[^1];
}
