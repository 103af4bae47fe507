using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DlqCluster.Dashboards.Tests;

/// <summary>A program that the operating system may have.</summary>
internal static class Tool
{
    /// <summary>Skips the test where a program is missing.</summary>
    public static void Need(params string[] names)
    {
        foreach (var name in names) Assert.SkipUnless(IsThere(name), $"{name} is not installed (Debian: prometheus, prometheus-alertmanager).");
    }

    public static bool IsThere(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, name)));

    /// <summary>Runs it, and returns all that it said; it must succeed.</summary>
    public static async Task<string> RunAsync(string name, string? input, params string[] arguments)
    {
        using var process = Start(name, arguments, redirectInput: true);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var said = await output + await errors;
        Assert.True(process.ExitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
        return said;
    }

    /// <summary>Starts it.</summary>
    public static Process Start(string name, string[] arguments, bool redirectInput = false)
    {
        var info = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = redirectInput };
        return Process.Start(info)!;
    }

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
