using System.Globalization;

namespace DlqCluster.Benchmarks;

/// <summary>What is measured, from the command line.</summary>
internal sealed record Settings
{
    /// <summary>How to call the harness.</summary>
    public const string Usage = """
        dotnet run --project benchmarks/Harness -c Release -- [options]
          --only accept,latency   these measures only (accept, latency, batch, crash, restart, scheduled, backlog, letters, reads,
                                  job, talk)
          --subjects dlq,ceiling  these subjects only (dlq, ceiling, bullmq, bull, bullmq-always, bull-always, orleans, orleans-redis)
          --runs 5                how often each is measured, taking turns
          --starts 1              in how many processes of their own, one after another, those that need no empty store are measured so often
          --quick                 a twentieth of the messages: shows that it works, not how fast
          --messages 50000        messages of the measure accept
          --waiting 100000        messages that wait, or letters, in restart, scheduled, backlog, letters, reads and job; up to 1,000,000
          --due-over 0            seconds over which the messages of scheduled are due; 0 for all at once
          --warm-up 100000        messages before anything is counted
          --port 3700             the first of 20 ports
          --redis-port 6420       the first of 6 ports
          --work DIR              where data lies; on the disk that is to be measured (artifacts/bench)
          --json FILE             where the figures go (artifacts/bench/result.json)
          --service DIR           a built service to measure, instead of building this checkout's
          --against DIR           a second built service, measured beside the first as "before"
          --set NAME=VALUE        a setting for the first but not the second, such as Storage__CacheMb=16; may be given again
          --connections 16,64     connections of the measure accept
        """;

    /// <summary>The measures; all when empty.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The subjects.</summary>
    public IReadOnlyList<string> Subjects { get; init; } = ["dlq", "ceiling", "bullmq", "bull"];

    /// <summary>How often.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>In how many processes of their own.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>Whether to be quick about it.</summary>
    public bool Quick { get; init; }

    /// <summary>Messages of a closed-loop run.</summary>
    public int Messages { get; init; } = 50_000;

    /// <summary>Messages that wait.</summary>
    public int Waiting { get; init; } = 100_000;

    /// <summary>Over how many seconds scheduled messages are due.</summary>
    public int DueOver { get; init; }

    /// <summary>Messages of the warm-up.</summary>
    public int WarmUp { get; init; } = 100_000;

    /// <summary>The first port.</summary>
    public int Port { get; init; } = 3700;

    /// <summary>The first port for Redis.</summary>
    public int RedisPort { get; init; } = 6420;

    /// <summary>Where data lies.</summary>
    public string Work { get; init; } = Path.Combine("artifacts", "bench");

    /// <summary>Where the figures go.</summary>
    public string? Json { get; init; }

    /// <summary>A service that is built already.</summary>
    public string? Service { get; init; }

    /// <summary>Another one to compare with.</summary>
    public string? Against { get; init; }

    /// <summary>Settings of the service that is measured.</summary>
    public IReadOnlyList<(string Name, string Value)> Set { get; init; } = [];

    /// <summary>Connections of closed-loop runs.</summary>
    public IReadOnlyList<int> Connections { get; init; } = [16, 64];

    /// <summary>A number of messages, scaled down when in a hurry.</summary>
    /// <param name="count">The full number.</param>
    public int Scaled(int count) => Quick ? Math.Max(100, count / 20) : count;

    /// <summary>Reads the command line.</summary>
    /// <param name="args">The arguments.</param>
    public static Settings Parse(string[] args)
    {
        var settings = new Settings();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new UsageException($"{args[i - 1]} needs a value.");
            int Number() => int.Parse(Value(), CultureInfo.InvariantCulture);
            settings = args[i] switch
            {
                "--only" => settings with { Only = Value().Split(',') },
                "--subjects" => settings with { Subjects = Value().Split(',') },
                "--runs" => settings with { Runs = Number() },
                "--starts" => settings with { Starts = Number() },
                "--quick" => settings with { Quick = true },
                "--messages" => settings with { Messages = Number() },
                "--waiting" => settings with { Waiting = Number() },
                "--due-over" => settings with { DueOver = Number() },
                "--warm-up" => settings with { WarmUp = Number() },
                "--port" => settings with { Port = Number() },
                "--redis-port" => settings with { RedisPort = Number() },
                "--work" => settings with { Work = Value() },
                "--json" => settings with { Json = Value() },
                "--service" => settings with { Service = Value() },
                "--against" => settings with { Against = Value() },
                "--set" => settings with { Set = [.. settings.Set, Pair(Value())] },
                "--connections" => settings with { Connections = [.. Value().Split(',').Select(int.Parse)] },
                _ => throw new UsageException($"{args[i]} is not an option."),
            };
        }

        return settings with { Work = Path.GetFullPath(settings.Work) };
    }

    private static (string Name, string Value) Pair(string text) =>
        text.Split('=', 2) is [var name, var value] ? (name, value) : throw new UsageException($"'{text}' is not NAME=VALUE.");
}

/// <summary>The command line cannot be understood.</summary>
internal sealed class UsageException(string message) : Exception(message);
