using DlqCluster.Cluster.Redis;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisHealthTests
{
    [Theory]
    [InlineData("always", "loses nothing")]
    [InlineData("everysec", "up to a second")]
    [InlineData("no", "operating system")]
    public async Task It_says_what_a_power_cut_loses(string fsync, string expected)
    {
        await using var server = await StartAsync("--appendfsync", fsync);
        await using var connection = RedisFixture.Connect(server.ConnectionString);
        var health = new RedisHealth(connection);
        Assert.Null(health.Durability);
        Assert.Null(await health.CheckAsync());
        Assert.Contains(expected, health.Durability, StringComparison.Ordinal);
        Assert.Contains(":60", await server.CommandAsync("TTL", "dlq:health"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_keeps_nothing_is_unhealthy_unless_that_was_asked_for()
    {
        await using var server = await StartAsync("--appendonly", "no");
        await using var connection = RedisFixture.Connect(server.ConnectionString);
        var health = new RedisHealth(connection);
        Assert.Contains("appendonly yes", await health.CheckAsync(), StringComparison.Ordinal);
        Assert.Contains("no append-only file", health.Durability, StringComparison.Ordinal);
        await using var content = RedisFixture.Connect(server.ConnectionString, options => options.RequireAppendOnly = false);
        Assert.Null(await new RedisHealth(content).CheckAsync());
    }

    [Fact]
    public async Task A_server_that_throws_data_away_is_unhealthy()
    {
        await using var server = await StartAsync("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");
        await using var connection = RedisFixture.Connect(server.ConnectionString);
        Assert.Contains("noeviction", await new RedisHealth(connection).CheckAsync(), StringComparison.Ordinal);
        await server.CommandAsync("CONFIG", "SET", "maxmemory-policy", "volatile-lru");
        Assert.Null(await new RedisHealth(connection).CheckAsync());
    }

    [Fact]
    public async Task A_server_that_keeps_its_configuration_to_itself_is_still_healthy()
    {
        await using var server = await StartAsync("--rename-command", "CONFIG", "");
        await using var connection = RedisFixture.Connect(server.ConnectionString);
        var health = new RedisHealth(connection);
        Assert.Null(await health.CheckAsync());
        Assert.Contains("does not say", health.Durability, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_append_is_trouble()
    {
        var state = RedisState.Read("aof_enabled:1\r\naof_last_write_status:err\r\n", []);
        Assert.Contains("disk", state.Trouble("r:1", requireAppendOnly: true), StringComparison.Ordinal);
    }

    private static Task<RedisServer> StartAsync(params string[] settings)
    {
        RedisServer.Need();
        return RedisServer.StartNewAsync(settings);
    }
}
