using System.Globalization;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Deploy.Tests;

/// <summary>The scripts by which the chart's CronJobs back up MongoDB and try the backup: with the real programs where there are any, and with programs that only note how they were called.</summary>
[Trait("Spec", "OP5")]
public sealed class MongoBackupTests : IDisposable
{
    private const int Letters = 2_000;
    private readonly TempDirectory _files = new();

    [Fact]
    public async Task A_backup_of_MongoDB_under_load_is_restored_by_the_drill_and_into_an_empty_server()
    {
        foreach (var program in new[] { "mongod", "mongodump", "mongorestore", "mongosh" }) Tool.Need(program, "none; MongoDB's own packages have it");
        var port = ContainerTests.FreePort();
        using var server = Tool.Start("mongod", ["--replSet", "rs0", "--port", $"{port}", "--bind_ip", "127.0.0.1", "--dbpath", Folder("mongo")]);
        try
        {
            await Wait.UntilAsync(() => SayAsync(port, "db.hello().ok"), ended => ended.Out.Trim() == "1", "MongoDB answers");
            await SayAsync(port, $$"""rs.initiate({_id: "rs0", members: [{_id: 0, host: "127.0.0.1:{{port}}"}]})""");
            await Wait.UntilAsync(() => SayAsync(port, "db.hello().isWritablePrimary"), ended => ended.Out.Trim() == "true", "it is a replica set");
            await AskAsync(port, $$"""
                db.letters.createIndex({messageId: 1}, {unique: true});
                db.letters.insertMany([...Array({{Letters}}).keys()].map(n => ({messageId: "m" + n, payload: "x".repeat(500)})));
                db.payloads.chunks.insertMany([...Array(50).keys()].map(n => ({n, data: BinData(0, "eHh4".repeat(5000))})));
                """);
            var backup = await BackUpUnderLoadAsync(port);

            var drill = await RunAsync(0, "mongo-drill.sh");
            Assert.Equal(Letters, Counted(drill, "dlq.letters"));
            Assert.Equal(50, Counted(drill, "dlq.payloads.chunks"));
            Assert.True(Counted(drill, "dlq.during") > 0, drill.ToString());

            await AskAsync(port, "db.dropDatabase()");
            await RunAsync(0, "mongo-restore.sh", [backup], ("MONGODB_URI", $"mongodb://127.0.0.1:{port}/?replicaSet=rs0"));
            Assert.Equal($"{Letters} 50 true", await AskAsync(port, "print(db.letters.countDocuments({}), db.payloads.chunks.countDocuments({}), db.letters.getIndexes().some(i => i.unique && i.key.messageId))"));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("mongodb://m:27017/?replicaSet=rs0", "mongodb://m:27017/?replicaSet=rs0")]
    [InlineData("mongodb://m", "mongodb://m/")]
    [InlineData("mongodb://m/dlq?replicaSet=rs0", "mongodb://m/?replicaSet=rs0")]
    [InlineData("mongodb://u:p%40w@a:1,b:2/dlq?replicaSet=rs0&tls=true", "mongodb://u:p%40w@a:1,b:2/?authSource=dlq&replicaSet=rs0&tls=true")]
    [InlineData("mongodb+srv://u:pw@m/dlq", "mongodb+srv://u:pw@m/?authSource=dlq")]
    [InlineData("mongodb+srv://u:pw@m/dlq?authsource=admin", "mongodb+srv://u:pw@m/?authsource=admin")]
    public async Task All_databases_are_dumped_whatever_the_URI_names_and_nobody_sees_its_secrets(string uri, string used)
    {
        Pretend("mongodump", """echo "$*" > calls; [ "$(stat -c %a "$2")" = 600 ] && cat "$2" > config""");
        await RunAsync(0, "mongo-backup.sh", [], ("MONGODB_URI", uri), ("SSL_CERT_FILE", "/ca.crt"));
        Assert.Equal($"uri: {used}\n", Read("config"));
        var call = Read("calls").Split(' ');
        Assert.Equal(["--sslCAFile", "/ca.crt", "--oplog", "--gzip"], call[2..6]);
        Assert.DoesNotContain("mongodb", string.Concat(call), StringComparison.Ordinal);
        Assert.False(File.Exists(call[1]));
    }

    [Fact]
    public async Task A_restore_that_fails_fails_the_drill_and_leaves_no_server_behind()
    {
        Pretend("mongod", """echo "mongod $*" >> calls""");
        Pretend("mongorestore", """echo "mongorestore $*" >> calls; exit 1""");
        Pretend("mongosh", """echo "mongosh" >> calls""");
        var ended = await RunAsync(1, "mongo-drill.sh");
        Assert.DoesNotContain("there again", ended.Out, StringComparison.Ordinal);
        var calls = Read("calls").Split('\n');
        Assert.Contains("--fork", calls[0], StringComparison.Ordinal);
        Assert.Contains("--drop --stopOnError --oplogReplay", calls[1], StringComparison.Ordinal);
        Assert.EndsWith("--shutdown", calls[2], StringComparison.Ordinal);
    }

    public void Dispose() => _files.Dispose();

    // Gives the directory of the backup.
    private async Task<string> BackUpUnderLoadAsync(int port)
    {
        using var load = Tool.Start("mongosh", ["--quiet", "--port", $"{port}", "dlq", "--eval", "for (;;) db.during.insertOne({at: new Date()})"]);
        try
        {
            await Wait.UntilAsync(() => SayAsync(port, "db.during.countDocuments({})"), ended => ended.Out.Trim() is not "0" and not "", "the load has begun");
            await RunAsync(0, "prepare.sh");
            await RunAsync(0, "mongo-backup.sh", [], ("MONGODB_URI", $"mongodb://127.0.0.1:{port}/dlq?replicaSet=rs0"));
            Assert.False(load.HasExited);
        }
        finally
        {
            load.Kill(entireProcessTree: true);
            await load.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await RunAsync(0, "keep.sh");
        await RunAsync(0, "drill-pick.sh");
        return Assert.Single(Directory.GetDirectories(Folder("backups"), "2*Z"));
    }

    private static int Counted(Ended drill, string collection)
    {
        var line = Assert.Single(drill.Out.Split('\n'), line => line.StartsWith(collection + ": ", StringComparison.Ordinal));
        return int.Parse(line[(collection.Length + 2)..], CultureInfo.InvariantCulture);
    }

    private static Task<Ended> SayAsync(int port, string script) => Tool.RunAsync("mongosh", ["--quiet", "--port", $"{port}", "dlq", "--eval", script]);

    private static async Task<string> AskAsync(int port, string script)
    {
        var ended = await SayAsync(port, script);
        Assert.True(ended.Code == 0, ended.ToString());
        return ended.Out.Trim();
    }

    private Task<Ended> RunAsync(int code, string script) => RunAsync(code, script, []);

    private async Task<Ended> RunAsync(int code, string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        // What is pretended goes before what is there, and notes its calls where it is.
        var path = $"{Folder("programs")}:{Environment.GetEnvironmentVariable("PATH")}";
        var ended = await Tool.RunAsync("sh", [Path.Combine(Tool.Chart, "files/scripts", script), .. arguments], [.. environment,
            ("PATH", path), ("BACKUPS", Folder("backups")), ("SCRATCH", Folder("scratch")), ("KEEP_DAYS", "14"), ("MAX_AGE_DAYS", "2"), ("PORT", $"{ContainerTests.FreePort()}")]);
        Assert.True(ended.Code == code, $"{script}: {ended}");
        return ended;
    }

    private void Pretend(string program, string script)
    {
        var file = Path.Combine(Folder("programs"), program);
        File.WriteAllText(file, $"#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(Folder("programs"), file));

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_files.Path, name)).FullName;
}
