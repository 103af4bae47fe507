using DlqCluster.Cluster.Redis;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Tests.Redis;

public sealed class RedisFaultTests
{
    [Theory]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", "maxmemory")]
    [InlineData("ERR Error running script: @user_script:3: -OOM command not allowed when used memory > 'maxmemory'.", "maxmemory")]
    [InlineData("READONLY You can't write against a read only replica.", "failover")]
    [InlineData("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "disk")]
    [InlineData("LOADING Redis is loading the dataset in memory", "reading its data")]
    [InlineData("CLUSTERDOWN The cluster is down", "CLUSTER INFO")]
    [InlineData("NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write")]
    [InlineData("NOPERM this user has no permissions to run the 'evalsha' command", "does not permit")]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value", "Redis:KeyPrefix")]
    [InlineData("ERR something new", "something new")]
    public void What_a_server_says_becomes_advice(string said, string advice)
    {
        var error = RedisFault.ToUnavailable(new RedisServerException(said), "r1:6379", 5_000);
        Assert.Contains("r1:6379", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.InnerException);
    }

    [Theory]
    [InlineData("localhost", "localhost:6379", null, null, false, null)]
    [InlineData("a:1,b:2,password=p,ssl=true,user=u,defaultDatabase=3", "a:1, b:2", "u", "p", true, 3)]
    [InlineData("redis://host", "host:6379", null, null, false, null)]
    [InlineData("redis://:p%40ss@host:7000/2", "host:7000", null, "p@ss", false, 2)]
    [InlineData("rediss://u:p@host", "host:6379", "u", "p", true, null)]
    public void Both_forms_of_connection_string_are_read(
        string text, string endpoints, string? user, string? password, bool tls, int? database)
    {
        Assert.True(RedisConnectionString.TryParse(text, out var options));
        Assert.Equal(endpoints, RedisFixture.Connect(text).Endpoints);
        Assert.Equal((user, password, tls, database), (options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("redis://")]
    [InlineData("redis://host/database")]
    [InlineData("redis://host:99999999")]
    [InlineData("redis://host?tls=true")]
    [InlineData("host,nonsense=1")]
    [InlineData(",")]
    public void What_cannot_be_read_is_refused(string text) => Assert.False(RedisConnectionString.TryParse(text, out _));
}
