using System.Net.Http.Headers;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cluster.Tests.Redis;
using DlqCluster.Deploy.Tests;

namespace DlqCluster.Cluster.Tests.Hosting;

/// <summary>The images of a silo and of an API, laid out without Docker and run as containers would be.</summary>
[Trait("Spec", "OP4")]
public sealed class ImagesTests : IDisposable
{
    private const string Token = "a-token-of-the-tests";
    private readonly TempDirectory _files = new();

    [Fact]
    public async Task A_silo_and_an_API_run_as_containers_would_and_write_nothing_but_the_letters_file()
    {
        RedisServer.Need();
        await Image.NeedAsync();
        await using var redis = await RedisServer.StartNewAsync();
        // There is no MongoDB here. The images have no volume of their own.
        var letters = Directory.CreateDirectory(Path.Combine(_files.Path, "letters")).FullName;
        var (silo, api) = (new Image("silo", Path.Combine(_files.Path, "silo"), letters), new Image("api", Path.Combine(_files.Path, "api"), letters));
        await silo.BuildAsync();
        await api.BuildAsync();

        await using var first = silo.Start([.. Environment(redis), ("PORT", $"{RedisServer.FreePort()}"), ("Cluster__SiloPort", "0"), ("Cluster__GatewayPort", "0")]);
        var address = new Uri($"http://127.0.0.1:{RedisServer.FreePort()}");
        (string, string)[] environment = [.. Environment(redis), ("PORT", $"{address.Port}"), ("DLQ_URL", address.ToString())];
        await using var second = api.Start(environment);
        await first.UntilItListensAsync();
        await second.UntilItListensAsync();
        // By the image's own setting it found out by which address others reach it.
        Assert.Contains("silo 127.0.0.1:", first.Output, StringComparison.Ordinal);
        first.MayDoNothingBut("/data");
        second.MayDoNothingBut("/data");

        using var client = new ApiClient(address);
        client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        var sent = (await client.SubmitAsync("""{"payload":1}""")).Is(202);
        await client.UntilStateAsync(sent.Id, "delivered");
        var health = await api.HealthAsync(environment);
        Assert.True(health.Code == 0, health.ToString());
        Assert.Equal(0, await second.StopAsync());
        Assert.Equal(0, await first.StopAsync());
    }

    public void Dispose() => _files.Dispose();

    private static (string Name, string Value)[] Environment(RedisServer redis) =>
    [
        ("ADMIN_TOKEN", Token), ("REDIS_URI", "redis://" + redis.ConnectionString), ("Http__Address", "127.0.0.1"), ("Storage__Letters", "sqlite"), ("Storage__Shared", "true"),
    ];
}
