using System.Diagnostics;

namespace DlqCluster.Cluster.Tests.Metrics;

/// <summary>What Prometheus' own tool has to say of metrics.</summary>
internal static class Promtool
{
    /// <summary>Its remarks, without those on the names that OpenTelemetry gives .NET's own metrics; none where it is not installed.</summary>
    public static async Task<string[]> LintAsync(string metrics)
    {
        using var tool = Start();
        if (tool is null) return [];
        var remarks = tool.StandardError.ReadToEndAsync();
        await tool.StandardInput.WriteAsync(metrics);
        tool.StandardInput.Close();
        await tool.WaitForExitAsync();
        return (await remarks).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(remark => !IsOfDotNet(remark)).ToArray();
    }

    private static bool IsOfDotNet(string remark) =>
        remark.StartsWith("dotnet_", StringComparison.Ordinal) && remark.EndsWith("should not have \"_count\" suffix", StringComparison.Ordinal);

    private static Process? Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
