using System.Collections.Concurrent;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Tests.Support;
using DlqCluster.Hosting;

namespace DlqCluster.Cli.Tests;

/// <summary>Data goes out while the service works, and back when it does not.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    private string Backup => Path.Combine(_folder.Path, "b.backup");

    private string Data => Path.Combine(_folder.Path, "data");

    [Fact]
    [Trait("Spec", "OP5")]
    public async Task Nothing_that_was_acknowledged_before_a_backup_is_missing_after_the_data_is_lost_and_restored()
    {
        string[] before;
        await using (var host = await ApiHost.StartAsync("Storage:DataDirectory=" + Data, "Payloads:InlineLimit=2048"))
        {
            (await host.Api.PostAsync("/admin/delivery/pause")).Is(200);
            var accepted = new ConcurrentQueue<string>();
            using var enough = new CancellationTokenSource();
            var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SubmitAsync(host.Api, accepted, enough.Token)));
            await Wait.UntilAsync(() => accepted.Count > 100, "a hundred are accepted");
            before = [.. accepted];
            (await Dlq.At(host).RunAsync("backup", "-o", Backup)).Is(ExitCode.Done);
            // The load went on all the while.
            await Wait.UntilAsync(() => accepted.Count > before.Length, "more are accepted");
            await enough.CancelAsync();
            await load;
        }

        Directory.Delete(Data, recursive: true);
        (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data)).Is(ExitCode.Done);
        await using var restored = await ApiHost.StartAsync("Storage:DataDirectory=" + Data);
        foreach (var id in before) (await restored.Api.GetAsync("/api/messages/" + id)).Is(200);
        (await restored.Api.PostAsync("/admin/delivery/resume")).Is(200);
        foreach (var id in before) await restored.Api.UntilStateAsync(id, "delivered");
    }

    [Theory]
    [InlineData("in it")]
    [InlineData("left out")]
    [InlineData("elsewhere")]
    [Trait("Spec", "OP5")]
    public async Task The_keys_that_open_secrets_come_along_or_it_is_said_what_lacks(string keys)
    {
        var ring = keys == "elsewhere" ? Path.Combine(_folder.Path, "ring") : "";
        await using (var host = await ApiHost.StartAsync("Storage:DataDirectory=" + Data, "Security:KeyRingDirectory=" + ring))
        {
            (await host.Api.PutAsync("/api/downstreams/shop", """{"kind":"http","url":"https://shop.example/","headers":{"Authorization":"hush"}}""")).Is(201);
            var taken = (await Dlq.At(host).RunAsync(["backup", "-o", Backup, .. keys == "left out" ? ["--without-keys"] : Array.Empty<string>()])).Is(ExitCode.Done);
            Assert.Contains(keys == "in it" ? "are in it: keep it as you keep those secrets" : "Not in it: the keys that open the secrets of shop.", taken.Error, StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
        }

        Directory.Delete(Data, recursive: true);
        var restored = (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data)).Is(ExitCode.Done);
        if (keys == "in it")
        {
            Assert.Equal("", restored.Error);
            await using var host = await ApiHost.StartAsync("Storage:DataDirectory=" + Data);
            Assert.False((await host.Api.GetAsync("/api/downstreams/shop")).Is(200)["paused"].GetBoolean());
            return;
        }

        Assert.Contains("the secrets of shop. Before the start, put the key ring into", restored.Error, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => ApiHost.StartAsync("Storage:DataDirectory=" + Data));
    }

    [Fact]
    public async Task A_directory_in_use_or_with_data_is_left_alone_unless_it_is_forced_and_then_set_aside()
    {
        await using (var host = await ApiHost.StartAsync("Storage:DataDirectory=" + Data))
        {
            (await Dlq.At(host).RunAsync("backup", "-o", Backup)).Is(ExitCode.Done);
            Assert.Contains("running", (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data, "--force")).Is(ExitCode.Refused).Error, StringComparison.Ordinal);
        }

        (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data)).Is(ExitCode.Refused);
        (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data, "--force")).Is(ExitCode.Done);
        Assert.True(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(Data, "before-restore-*")), "dlq.db")));
        (await new Dlq(null).RunAsync("restore", Backup)).Is(ExitCode.Usage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_backup_is_found_out_before_anything_is_touched(bool cutShort)
    {
        await using (var host = await ApiHost.StartAsync()) (await Dlq.At(host).RunAsync("backup", "-o", Backup)).Is(ExitCode.Done);
        var bytes = await File.ReadAllBytesAsync(Backup);
        if (cutShort) bytes = bytes[..^20_000];
        else bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(Backup, bytes);
        Assert.Contains("cannot be used as a backup", (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data)).Is(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Data, "dlq.db")));
    }

    [Fact]
    public async Task What_is_no_backup_is_refused()
    {
        await File.WriteAllTextAsync(Backup, "{}");
        (await new Dlq(null).RunAsync("restore", Backup, "--data-dir", Data)).Is(ExitCode.Failed);
        (await new Dlq(null).RunAsync("restore", "/no/such/file", "--data-dir", Data)).Is(ExitCode.Failed);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task SubmitAsync(ApiClient api, ConcurrentQueue<string> accepted, CancellationToken enough)
    {
        // Some lie in the database, and some beside it.
        var (small, large) = ("""{"payload":{"n":1}}""", $$"""{"payload":"{{new string('x', 3_000)}}"}""");
        for (var n = 0; !enough.IsCancellationRequested; n++) accepted.Enqueue((await api.SubmitAsync(n % 2 == 0 ? small : large)).Is(202).Id);
    }
}
