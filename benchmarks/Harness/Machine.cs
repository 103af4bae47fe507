using System.Globalization;

namespace DlqCluster.Benchmarks;

/// <summary>What Linux says of processes and of the machine.</summary>
internal static class Machine
{
    // USER_HZ: fixed at 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>CPU time of a process so far, in seconds.</summary>
    /// <param name="pid">Its id.</param>
    public static double CpuSeconds(int pid)
    {
        // Behind the name, which may contain anything but ends with the last bracket.
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Memory of a process that is its own or that it shares, in MiB.</summary>
    /// <param name="pid">Its id.</param>
    public static double ResidentMb(int pid) => StatusMb(pid, "VmRSS:");

    /// <summary>The most memory that a process has had so far, in MiB.</summary>
    /// <param name="pid">Its id.</param>
    public static double PeakMb(int pid) => StatusMb(pid, "VmHWM:");

    /// <summary>CPU time of the whole machine so far, in seconds.</summary>
    public static double BusySeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // user, nice, system, irq, softirq, steal: all but idle and waiting for disks.
        return (Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[6]) + Number(fields[7]) + Number(fields[8])) / TicksPerSecond;
    }

    /// <summary>The load average over the last minute.</summary>
    public static double LoadAverage() => Number(File.ReadAllText("/proc/loadavg").Split(' ')[0]);

    /// <summary>The processor's name.</summary>
    public static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? "unknown";

    /// <summary>How long this disk takes to make a small write durable, in milliseconds: the median of some.</summary>
    /// <param name="directory">A directory on the disk.</param>
    public static double FsyncMs(string directory)
    {
        const int tries = 50;
        var path = Path.Combine(directory, "fsync.tmp");
        var times = new float[tries];
        using (var file = new FileStream(path, FileMode.Create))
        {
            for (var i = 0; i < tries; i++)
            {
                var since = System.Diagnostics.Stopwatch.GetTimestamp();
                file.Write(new byte[4096]);
                file.Flush(flushToDisk: true);
                times[i] = (float)System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            }
        }

        File.Delete(path);
        return Agents.Spread.Of(times).P50;
    }

    private static double StatusMb(int pid, string name)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
