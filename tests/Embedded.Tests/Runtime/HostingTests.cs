using DlqCluster.Embedded.Tests.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace DlqCluster.Embedded.Tests.Runtime;

public class HostingTests
{
    [Fact]
    public async Task A_host_starts_and_stops_the_silo()
    {
        var token = TestContext.Current.CancellationToken;
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            Assert.Same(builder.Services, silo.Services);
            Assert.Same(builder.Configuration, silo.Configuration);
            silo.Configure<SiloOptions>(options => options.SiloName = "mine");
            silo.ConfigureServices(services => services.AddSingleton<Trace>());
        });
        using var host = builder.Build();
        await host.StartAsync(token);
        Assert.Equal("mine", host.Services.GetRequiredService<ILocalSiloDetails>().Name);
        Assert.Same(host.Services.GetRequiredService<IGrainFactory>(), host.Services.GetRequiredService<IClusterClient>());
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICallGrain>("a");
        Assert.Equal("a: x", await grain.Echo("x"));
        await host.StopAsync(token);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Echo("x"));
    }

    [Fact]
    public async Task A_web_request_that_is_under_way_still_reaches_its_grain_when_the_host_stops()
    {
        var token = TestContext.Current.CancellationToken;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.Services.AddSingleton<Trace>());
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        TaskCompletionSource arrived = new(), released = new();
        app.MapGet("/", async (IGrainFactory grains) =>
        {
            arrived.SetResult();
            await released.Task;
            return await grains.GetGrain<ICallGrain>("a").Echo("late");
        });
        await app.StartAsync(token);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient();
        var answer = client.GetStringAsync(new Uri(address), token);
        await arrived.Task;
        var stopping = app.StopAsync(token);
        released.SetResult();
        Assert.Equal("a: late", await answer);
        await stopping;
        Assert.Equal(RuntimeState.Stopped, app.Services.GetRequiredService<EmbeddedRuntime>().State);
    }

    [Fact]
    public void Assemblies_with_grains_can_be_named() => TestSilo.Run(
        (silo, _) =>
        {
            Assert.Throws<ArgumentException>(() => silo.Grain<ICallGrain>("a"));
            Assert.NotNull(silo.Runtime.GetGrain<IManagementGrain>(0));
            return Task.CompletedTask;
        },
        silo => silo.Configure<EmbeddedOptions>(options => options.GrainAssemblies.Add(typeof(EmbeddedRuntime).Assembly)));
}
