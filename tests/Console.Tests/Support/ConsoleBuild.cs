using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace DlqCluster.Web.Tests.Support;

/// <summary>The console as it is built for people, and the browser to see it in. Without either the tests are skipped, saying why.</summary>
internal static class ConsoleBuild
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<string?> _trouble = new(Build);

    /// <summary>The folder of the console's sources.</summary>
    public static string Sources { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../Client.Api/Console"));

    /// <summary>The folder of the built console.</summary>
    public static string Output => Path.Combine(Sources, "dist");

    /// <summary>Debian's browser, or the one that CHROMIUM names.</summary>
    public static string? Browser { get; } = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser" }.FirstOrDefault(File.Exists);

    /// <summary>Why the console cannot be looked at; null when it can.</summary>
    public static string? Trouble => Browser is null ? "There is no Chromium: install it, or name it in CHROMIUM." : _trouble.Value;

    // The build does nothing when its sources have not changed.
    private static string? Build()
    {
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        var project = Path.Combine(Sources, "../Client.Api.csproj");
        using var build = Process.Start(new ProcessStartInfo(dotnet, ["msbuild", project, "-t:BuildConsole", "-p:BuildConsole=true", "-v:minimal", "-nologo"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = build.StandardOutput.ReadToEnd();
        if (!build.WaitForExit(_limit)) build.Kill(entireProcessTree: true);
        if (build.ExitCode != 0) throw new InvalidOperationException("The console does not build: " + output);
        return File.Exists(Path.Combine(Output, "index.html")) ? null : "The console is not built: " + output.Trim();
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
