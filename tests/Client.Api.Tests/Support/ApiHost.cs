using DlqCluster.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Api.Tests.Support;

/// <summary>The real host in this process, on a free port and in a directory of its own.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly WebApplication _app;

    private ApiHost(string[] settings, Action<WebApplicationBuilder>? customise)
    {
        string[] own = ["--Http:Port=0", $"--Storage:DataDirectory={_data.Path}", "--Logging:LogLevel:Default=None"];
        _app = SiloHost.Build([.. own, .. settings.Select(setting => "--" + setting)], builder =>
        {
            builder.Logging.ClearProviders();
            customise?.Invoke(builder);
        });
    }

    public ApiClient Api { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    public static async Task<ApiHost> StartAsync(params string[] settings) => await StartAsync(null, settings);

    public static async Task<ApiHost> StartAsync(Action<WebApplicationBuilder>? customise, params string[] settings)
    {
        var host = new ApiHost(settings, customise);
        await host._app.StartAsync();
        host.Api = new ApiClient(new Uri(host._app.Urls.First()));
        return host;
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }
}

/// <summary>One host for the tests of a class that do not disturb each other.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    internal ApiHost Host { get; private set; } = null!;

    internal ApiClient Api => Host.Api;

    public async ValueTask InitializeAsync() => Host = await ApiHost.StartAsync("Retry:BaseBackoffMs=20", "Retry:MaxBackoffMs=50", "Retry:MaxRetries=1");

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>Puts something between the product and one of its services.</summary>
internal static class Decoration
{
    public static void Decorate<T>(this IServiceCollection services, Func<T, T> decorate)
        where T : class
    {
        var original = services.Last(service => service.ServiceType == typeof(T) && !service.IsKeyedService);
        services.AddSingleton(provider => decorate(original switch
        {
            { ImplementationInstance: T instance } => instance,
            { ImplementationFactory: { } factory } => (T)factory(provider),
            _ => (T)ActivatorUtilities.CreateInstance(provider, original.ImplementationType!),
        }));
    }
}
