using System.Globalization;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>Backups that were restored: of the embedded engine by its drill, of Redis by the scripts that the chart's CronJobs run.</summary>
[Trait("Spec", "OP5")]
public sealed class BackupTests(ChartFixture chart) : IDisposable
{
    private const string Password = "hush";
    private readonly TempDirectory _files = new();

    private static string Scripts => Path.Combine(Tool.Chart, "files/scripts");

    [Fact]
    public async Task The_drill_restores_what_was_acknowledged_before_a_backup_under_load()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var silo = Path.Combine(own.Parent!.Parent!.FullName, "Silo", own.Name, "DlqCluster.Silo.dll");
        var ended = await Tool.RunAsync(Path.Combine(Tool.Root, "scripts/backup-drill.sh"), ["500"], ("DLQ_SILO", silo));
        Assert.True(ended.Code == 0, ended.ToString());
        Assert.EndsWith("are there again, and all were delivered.\n", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_Redis_under_load_is_restored_with_its_append_only_file()
    {
        Tool.Need("redis-server", "redis-server");
        await using var redis = await RedisAsync("live");
        await redis.AskAsync("debug", "populate", "2000", "before");
        using var enough = new CancellationTokenSource();
        var load = LoadAsync(redis, enough.Token);
        var backup = await RunAsync(0, "prepare.sh");
        await RunAsync(0, "redis-backup.sh", ("REDIS_URI", $"redis://:{Password}@127.0.0.1:{redis.Port}"));
        await enough.CancelAsync();
        await load;
        await RunAsync(0, "keep.sh");
        Assert.Contains("is whole", (await RunAsync(0, "drill-pick.sh")).Out, StringComparison.Ordinal);
        var drill = await RunAsync(0, "redis-drill.sh");
        var keys = int.Parse(drill.Out.Split("there again: ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.True(keys >= 2000, drill.ToString());
        Assert.Equal("", backup.Error);
    }

    [Fact]
    public async Task A_damaged_an_old_and_a_missing_backup_fail_the_drill()
    {
        Assert.Contains("no backup", (await RunAsync(1, "drill-pick.sh")).Error, StringComparison.Ordinal);
        await RunAsync(0, "prepare.sh");
        await File.WriteAllTextAsync(Path.Combine(_files.Path, "backups/.new/redis.rdb"), "whole");
        await RunAsync(0, "keep.sh");
        var kept = Path.Combine(_files.Path, "backups/20260101T000000Z");
        Directory.Move(Assert.Single(Directory.GetDirectories(Path.Combine(_files.Path, "backups"), "2*Z")), kept);
        await RunAsync(0, "drill-pick.sh");
        await File.AppendAllTextAsync(Path.Combine(kept, "redis.rdb"), ".");
        await RunAsync(1, "drill-pick.sh");
        Directory.SetLastWriteTimeUtc(kept, DateTime.UtcNow.AddDays(-30));
        Assert.Contains("older than 2 days", (await RunAsync(1, "drill-pick.sh")).Error, StringComparison.Ordinal);

        // The next one takes its place: what is too old goes.
        await RunAsync(0, "prepare.sh");
        await File.WriteAllTextAsync(Path.Combine(_files.Path, "backups/.new/redis.rdb"), "new");
        await RunAsync(0, "keep.sh");
        Assert.False(Directory.Exists(kept));
    }

    [Fact]
    public async Task The_newest_backup_is_put_into_the_volume_of_the_bundled_Redis()
    {
        Tool.Need("redis-server", "redis-server");
        Tool.NeedHelm();
        await using (var redis = await RedisAsync("live"))
        {
            await redis.AskAsync("debug", "populate", "500", "before");
            await RunAsync(0, "prepare.sh");
            await RunAsync(0, "redis-backup.sh", ("REDIS_URI", $"redis://:{Password}@127.0.0.1:{redis.Port}"));
            await RunAsync(0, "keep.sh");
        }

        var file = Path.Combine(Tool.Root, "scripts/restore-bundled.yaml");
        var pod = (await Tool.ReadAsync("plain", file)).GetProperty(file).List("documents").Single(pod => pod.At("metadata").Text("name") == "restore-redis");
        var volume = Path.Combine(_files.Path, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "appendonlydir", "what-was-there"));
        var command = pod.List("spec.containers").Single().GetProperty("command")[2].GetString()!
            .Replace("/data", volume, StringComparison.Ordinal).Replace("/backups", Path.Combine(_files.Path, "backups"), StringComparison.Ordinal).Replace("/scripts", Scripts, StringComparison.Ordinal);
        var ended = await Tool.RunAsync("sh", ["-ec", command], ("PORT", $"{ContainerTests.FreePort()}"));
        Assert.True(ended.Code == 0, ended.ToString());
        Assert.True(Directory.Exists(Path.Combine(volume, "before/appendonlydir/what-was-there")));
        await using var restored = await RedisAsync("volume");
        Assert.Equal("500", (await restored.AskAsync("dbsize")).Out.Trim());
    }

    [Fact]
    public async Task The_pods_that_restore_the_bundled_stores_name_what_the_chart_has()
    {
        Tool.NeedHelm();
        var file = Path.Combine(Tool.Root, "scripts/restore-bundled.yaml");
        var read = (await Tool.ReadAsync("kubernetes", file)).GetProperty(file);
        Assert.Empty(read.List("problems"));
        var dev = chart["dev with all"];
        string[] Names(string kind) => [.. dev.Of(kind).Select(document => document.At("metadata").Text("name")!)];
        var volumes = Names("PersistentVolumeClaim").Concat(Names("StatefulSet").Select(name => $"data-{name}-0")).ToArray();
        var backup = dev.Pods().Single(pod => pod.Component == "backup");
        foreach (var pod in read.List("documents"))
        {
            Assert.All(pod.List("spec.volumes").Select(volume => volume.At("persistentVolumeClaim").Text("claimName")).OfType<string>(), name => Assert.Contains(name, volumes));
            Assert.All(pod.List("spec.volumes").Select(volume => volume.At("configMap").Text("name")).OfType<string>(), name => Assert.Contains(name, Names("ConfigMap")));
            var container = Assert.Single(Rendering.Containers(pod.At("spec")));
            Assert.All(container.List("env").Select(variable => variable.At("valueFrom.secretKeyRef").Text("name")).OfType<string>(), name => Assert.Contains(name, Names("Secret")));
            Assert.Contains(container.Text("image"), Rendering.Containers(backup.Spec).Select(step => step.Text("image")));
        }

        // MongoDB lets the jobs in, and so this one.
        var labels = read.List("documents").Single(pod => pod.At("metadata").Text("name") == "restore-mongo").Map("metadata.labels");
        Assert.Subset(backup.Metadata.Map("labels").ToHashSet(), labels.ToHashSet());
    }

    [Fact]
    public async Task Every_script_is_one_that_a_shell_can_read()
    {
        foreach (var script in Directory.EnumerateFiles(Scripts, "*.sh")) Assert.Equal(0, (await Tool.RunAsync("sh", ["-n", script])).Code);
    }

    public void Dispose() => _files.Dispose();

    private async Task<Ended> RunAsync(int code, string script, params (string Name, string Value)[] environment)
    {
        var (backups, scratch) = (Directory.CreateDirectory(Path.Combine(_files.Path, "backups")), Directory.CreateDirectory(Path.Combine(_files.Path, "scratch")));
        var ended = await Tool.RunAsync("sh", [Path.Combine(Scripts, script)], [.. environment,
            ("BACKUPS", backups.FullName), ("SCRATCH", scratch.FullName), ("KEEP_DAYS", "14"), ("MAX_AGE_DAYS", "2"), ("PORT", $"{ContainerTests.FreePort()}")]);
        Assert.True(ended.Code == code, $"{script}: {ended}");
        return ended;
    }

    private async Task<Redis> RedisAsync(string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_files.Path, name)).FullName;
        var port = ContainerTests.FreePort();
        var redis = new Redis(port, Tool.Start("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", directory, "--appendonly", "yes", "--requirepass", Password, "--enable-debug-command", "yes"]));
        await Wait.UntilAsync(() => redis.AskAsync("ping"), answer => answer.Out.Trim() == "PONG", "Redis answers");
        return redis;
    }

    private static async Task LoadAsync(Redis redis, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested) await redis.AskAsync("incr", "during");
    }

    private sealed class Redis(int port, System.Diagnostics.Process process) : IAsyncDisposable
    {
        public int Port => port;

        public Task<Ended> AskAsync(params string[] words) => Tool.RunAsync("redis-cli", ["-p", $"{port}", "-a", Password, "--no-auth-warning", .. words]);

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
