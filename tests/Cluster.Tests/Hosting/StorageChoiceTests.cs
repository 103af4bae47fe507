using DlqCluster.Cluster.Hosting;
using DlqCluster.Hosting;
using Microsoft.Extensions.Configuration;

namespace DlqCluster.Cluster.Tests.Hosting;

public sealed class StorageChoiceTests
{
    [Theory]
    [InlineData("", StorageKind.Sqlite, LettersKind.Sqlite)]
    [InlineData("Storage:Kind=sqlite;Redis:ConnectionString=r", StorageKind.Sqlite, LettersKind.Sqlite)]
    [InlineData("Redis:ConnectionString=r;Mongo:ConnectionString=m", StorageKind.Redis, LettersKind.Mongo)]
    [InlineData("Redis:ConnectionString=r;Storage:Letters=sqlite", StorageKind.Redis, LettersKind.Sqlite)]
    [InlineData("Redis:ConnectionString=r;Mongo:ConnectionString=m;Storage:Letters=SQLITE", StorageKind.Redis, LettersKind.Sqlite)]
    public void What_is_not_said_follows_from_what_is(string settings, StorageKind kind, LettersKind letters) =>
        Assert.Equal(new StorageChoice(kind, letters), StorageChoice.Read(Configuration(settings)));

    [Theory]
    [InlineData("Redis:ConnectionString=r", "MONGODB_URI", "Storage:Letters")]
    [InlineData("Storage:Kind=redis", "REDIS_URI", "Redis:ConnectionString")]
    [InlineData("Storage:Kind=postgres", "'postgres'", "sqlite, redis")]
    [InlineData("Storage:Kind=1", "'1'", "sqlite, redis")]
    [InlineData("Redis:ConnectionString=r;Storage:Letters=mongo", "MONGODB_URI", "Mongo:ConnectionString")]
    [InlineData("Storage:Letters=mongo", "Storage:Letters", "sqlite")]
    public void What_does_not_fit_together_is_refused_and_says_what_to_set(string settings, string one, string other)
    {
        var error = Assert.Throws<InvalidConfigurationException>(() => StorageChoice.Read(Configuration(settings)));
        Assert.Contains(one, error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", ClusterRole.All)]
    [InlineData("Cluster:Role=all", ClusterRole.All)]
    [InlineData("Redis:ConnectionString=r;Storage:Letters=sqlite", ClusterRole.Silo)]
    [InlineData("Redis:ConnectionString=r;Storage:Letters=sqlite;Cluster:Role=API", ClusterRole.Api)]
    public void Each_process_has_a_role(string settings, ClusterRole role)
    {
        var configuration = Configuration(settings);
        Assert.Equal(role, DlqClusterHost.RoleOf(configuration, StorageChoice.Read(configuration)));
    }

    [Theory]
    [InlineData("Cluster:Role=api", "REDIS_URI")]
    [InlineData("Redis:ConnectionString=r;Storage:Letters=sqlite;Cluster:Role=boss", "'boss'")]
    public void A_role_that_cannot_be_is_refused(string settings, string expected)
    {
        var configuration = Configuration(settings);
        var error = Assert.Throws<InvalidConfigurationException>(() => DlqClusterHost.RoleOf(configuration, StorageChoice.Read(configuration)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(string settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(setting => setting.Split('='))
            .Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
        .Build();
}
