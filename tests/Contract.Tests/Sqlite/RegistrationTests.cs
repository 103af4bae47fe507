using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Sqlite;
using DlqCluster.Storage;
using DlqCluster.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace DlqCluster.Contract.Tests.Sqlite;

public sealed class RegistrationTests : IDisposable
{
    private readonly string _directory = SqliteFixture.TemporaryDirectory();

    [Fact]
    public async Task A_host_opens_the_stores_before_it_starts_and_closes_them_after()
    {
        using var host = Build();
        await host.StartAsync();
        var store = host.Services.GetRequiredService<SqliteStore>();
        Assert.Equal(_directory, store.DataDirectory);
        foreach (var health in host.Services.GetServices<IStoreHealth>()) Assert.Null(await health.CheckAsync());
        Assert.NotNull(store.Health.LastCommitAt);
        Assert.NotNull(host.Services.GetRequiredKeyedService<IGrainStorage>("messages"));
        Assert.NotNull(host.Services.GetRequiredKeyedService<IGrainStorage>("dlq"));
        Assert.NotNull(host.Services.GetRequiredService<IReminderTable>());
        Assert.NotNull(host.Services.GetRequiredService<ILedgerStore>());
        Assert.NotNull(host.Services.GetRequiredService<IDeadLetterStore>());
        await host.StopAsync();
        Assert.NotNull(await store.CheckAsync());
        Assert.False(File.Exists(Path.Combine(_directory, "dlq.db-wal")));
    }

    [Fact]
    public async Task A_store_that_cannot_open_stops_the_start()
    {
        using var holder = SqliteFixture.Create(_directory);
        holder.Open();
        using var host = Build();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => host.StartAsync());
    }

    [Theory]
    [InlineData("MaxBatch", "0")]
    [InlineData("ReadConnections", "65")]
    [InlineData("DataDirectory", "")]
    public async Task A_bad_setting_stops_the_start_and_is_named(string name, string value)
    {
        using var host = Build((name, value));
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await host.StartAsync());
        Assert.Contains(name, Assert.IsType<OptionsValidationException>(error).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private IHost Build(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var values = new Dictionary<string, string?> { ["Storage:DataDirectory"] = _directory };
        foreach (var (name, value) in settings) values[$"Storage:{name}"] = value;
        builder.Configuration.AddInMemoryCollection(values);
        builder.Services.AddSingleton<IGrainStorageSerializer, JsonStorageSerializer>();
        builder.Services.AddSqliteStores("messages", "dlq");
        return builder.Build();
    }
}
