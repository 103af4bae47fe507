using DlqCluster.Cluster.Mongo;
using DlqCluster.Cluster.Tests.Redis;
using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Cluster.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task A_host_waits_until_Redis_answers()
    {
        RedisServer.Need();
        await using var server = new RedisServer();
        using var host = Build(
            services => services.AddRedisLedger(),
            ("Redis:ConnectionString", server.ConnectionString),
            ("Redis:ConnectTimeoutMs", "200"));
        var starting = host.StartAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => starting.WaitAsync(TimeSpan.FromSeconds(1)));
        await server.StartAsync();
        await starting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(await host.Services.GetRequiredService<ILedgerStore>().PeekAsync(0));
        Assert.Equal("redis", host.Services.GetRequiredService<IStoreHealth>().Name);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_start_that_waits_can_be_given_up()
    {
        using var host = Build(
            services => services.AddMongoDeadLetters(),
            ("Mongo:ConnectionString", $"mongodb://127.0.0.1:{RedisServer.FreePort()}"),
            ("Mongo:OperationTimeoutMs", "100"));
        using var impatience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync(impatience.Token));
        Assert.IsType<MongoDeadLetterStore>(host.Services.GetRequiredService<IDeadLetterStore>());
        var health = host.Services.GetRequiredService<IStoreHealth>();
        Assert.Equal("mongodb", health.Name);
        Assert.Contains("cannot be reached", await health.CheckAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MongoDB_that_does_not_answer_is_told_before_whoever_asks_gives_up()
    {
        var options = new MongoOptions { ConnectionString = $"mongodb://127.0.0.1:{RedisServer.FreePort()}", OperationTimeoutMs = 600_000 };
        using var connection = new MongoConnection(Options.Create(options));
        Assert.Contains("cannot be reached", await new MongoHealth(connection, new Impatient()).CheckAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MongoHealth(connection).CheckAsync(new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("Redis:KeyPrefix", "a{b}")]
    [InlineData("Redis:KeyPrefix", "")]
    [InlineData("Redis:OperationTimeoutMs", "0")]
    [InlineData("Redis:ConnectionString", "redis://user:hidden-secret@host/database")]
    [InlineData("Redis:ConnectionString", "host,hidden-secret=1")]
    [InlineData("Redis:ConnectionString", "")]
    [InlineData("Mongo:Database", "a b")]
    [InlineData("Mongo:Database", "local")]
    [InlineData("Mongo:Database", "Admin")]
    [InlineData("Mongo:QueryTimeoutMs", "0")]
    [InlineData("Mongo:ConnectionString", "mongodb://user:hidden-secret@")]
    [InlineData("Mongo:ConnectionString", "postgres://hidden-secret")]
    public async Task A_bad_setting_stops_the_start_and_is_named_but_not_shown(string name, string value)
    {
        using var host = Build(services => services.AddRedisLedger().AddMongoDeadLetters(), (name, value));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains(name.Split(':')[1], Assert.IsType<OptionsValidationException>(error).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_among_the_endpoints()
    {
        var options = new MongoOptions { ConnectionString = "mongodb://user:hidden-secret@a:1,b:2/?tls=true" };
        using var mongo = new MongoConnection(Options.Create(options));
        Assert.Equal("a:1, b:2", mongo.Endpoints);
        Assert.True(mongo.Client.Settings.UseTls);
        var redis = RedisFixture.Connect("rediss://user:hidden-secret@a:1");
        Assert.Equal("a:1", redis.Endpoints);
    }

    private static IHost Build(Action<IServiceCollection> add, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value));
        add(builder.Services);
        return builder.Build();
    }

    /// <summary>A clock by which every wait is over at once.</summary>
    private sealed class Impatient : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
