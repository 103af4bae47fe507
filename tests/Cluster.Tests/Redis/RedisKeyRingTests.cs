using System.Security.Cryptography;
using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Tests.Redis;

/// <summary>The keys that seal secrets and sessions, where all processes of a cluster find them.</summary>
[Trait("Spec", "OP2")]
public sealed class RedisKeyRingTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task What_one_process_seals_another_opens_also_after_both_were_started_anew()
    {
        RedisServer.Need();
        await using var one = Start(fixture.Server.ConnectionString);
        var secret = Protector(one).Protect("a secret");
        await using var other = Start(fixture.Server.ConnectionString);

        Assert.Equal("a secret", Protector(other).Unprotect(secret));
        Assert.Equal("another", Protector(one).Unprotect(Protector(other).Protect("another")));
        // One key, made by the first, found by the second.
        Assert.Single(new RedisKeyRing(fixture.Connection).GetAllElements());
        Assert.Contains("1", await fixture.Server.CommandAsync("LLEN", "dlq:keyring"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_of_another_name_in_the_same_Redis_opens_nothing_of_it()
    {
        RedisServer.Need();
        await using var one = Start(fixture.Server.ConnectionString);
        await using var other = Start(fixture.Server.ConnectionString, prefix: "other");

        Assert.Throws<CryptographicException>(() => Protector(other).Unprotect(Protector(one).Protect("a secret")));
    }

    [Fact]
    public async Task A_directory_that_is_configured_goes_before_Redis()
    {
        RedisServer.Need();
        var directory = Directory.CreateTempSubdirectory("dlq-ring-");
        try
        {
            await using var process = Start(fixture.Server.ConnectionString, prefix: "untouched", directory.FullName);
            Protector(process).Protect("a secret");
            Assert.Contains("0", await fixture.Server.CommandAsync("LLEN", "untouched:keyring"), StringComparison.Ordinal);
            Assert.NotEmpty(directory.GetFiles());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // As a host does it: the key ring of the API, and the cluster's place for it.
    private static ServiceProvider Start(string connectionString, string prefix = "dlq", string? directory = null)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("test").PersistKeysToFileSystem(new DirectoryInfo(directory ?? "/nowhere"));
        services.AddRedisLedger();
        services.AddSingleton(Options.Create(new RedisOptions { ConnectionString = connectionString, KeyPrefix = prefix }));
        services.AddSingleton(Options.Create(new SecurityOptions { KeyRingDirectory = directory }));
        return services.BuildServiceProvider();
    }

    private static IDataProtector Protector(ServiceProvider process) => process.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
