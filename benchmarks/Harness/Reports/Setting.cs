using System.Runtime.InteropServices;

namespace DlqCluster.Benchmarks.Reports;

/// <summary>Where it was measured.</summary>
internal sealed record Setting
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The processor and how many of it.</summary>
    public required string Processor { get; init; }

    /// <summary>The operating system and the runtime.</summary>
    public required string System { get; init; }

    /// <summary>A durable write of 4 KiB, in milliseconds.</summary>
    public required double FsyncMs { get; init; }

    /// <summary>The load average before.</summary>
    public required double LoadBefore { get; init; }

    /// <summary>The load average after, which the measuring itself has raised.</summary>
    public double LoadAfter { get; init; }

    /// <summary>Takes it down.</summary>
    /// <param name="directory">Where data lies.</param>
    public static Setting Take(string directory) => new()
    {
        At = DateTimeOffset.UtcNow,
        Processor = $"{Environment.ProcessorCount} × {Machine.Processor()}",
        System = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        FsyncMs = Machine.FsyncMs(directory),
        LoadBefore = Machine.LoadAverage(),
    };
}
