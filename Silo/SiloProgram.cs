namespace DlqCluster.Silo;

/// <summary>The program: starts the host, says where it is, and stops it in order.</summary>
internal static class SiloProgram
{
    private const int Started = 0;
    private const int NotStarted = 1;

    /// <summary>Runs until it is told to stop.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        WebApplication? app = null;
        try
        {
            app = SiloHost.Build(args);
            await app.StartAsync();
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(StartupProblem.Describe(error, app?.Configuration));
            if (app is not null) await AbandonAsync(app);
            return NotStarted;
        }

        await using (app)
        {
            app.Services.GetRequiredService<StartupPhase>().End();
            await Console.Out.WriteLineAsync(Greeting.For(app));
            await app.WaitForShutdownAsync();
        }

        return Started;
    }

    // What had started before the trouble must let go of its files and connections.
    private static async Task AbandonAsync(WebApplication app)
    {
        try
        {
            if (app.Services.GetRequiredService<StartupPhase>().HasBegun) await app.StopAsync();
            await app.DisposeAsync();
        }
        catch (Exception error)
        {
            // The reason why it did not start has been told; this is a consequence of it.
            await Console.Error.WriteLineAsync("It did not stop cleanly either: " + error.Message);
        }
    }
}
