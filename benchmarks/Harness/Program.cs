using DlqCluster.Benchmarks.Agents;
using DlqCluster.Benchmarks.Ceiling;

namespace DlqCluster.Benchmarks;

/// <summary>One program in several parts: the harness starts itself again as load generator, as receiver and as the ceiling.</summary>
internal static class Program
{
    /// <summary>The part that sends.</summary>
    public const string Load = "load";

    /// <summary>The part that plays the downstream.</summary>
    public const string Receiver = "receiver";

    /// <summary>The part that does the bare minimum.</summary>
    public const string Ceiling = "ceiling";

    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [Load]:
                await new LoadAgent().RunAsync();
                return 0;
            case [Receiver, var port]:
                await new ReceiverAgent(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)).RunAsync();
                return 0;
            case [Ceiling, ..]:
                await CeilingProgram.RunAsync(args[1..]);
                return 0;
            default:
                return await MeasureAsync(args);
        }
    }

    private static async Task<int> MeasureAsync(string[] args)
    {
        try
        {
            return await new Session(Settings.Parse(args)).RunAsync();
        }
        catch (UsageException error)
        {
            await Console.Error.WriteLineAsync($"{error.Message}\n\n{Settings.Usage}");
            return 2;
        }
    }
}
