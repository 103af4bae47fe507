using DlqCluster.Api;
using DlqCluster.Api.Settings;
using DlqCluster.Hosting;
using DlqCluster.Silo.Configuration;
using DlqCluster.Silo.Logging;
using DlqCluster.Silo.Memory;
using DlqCluster.Silo.Telemetry;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>Puts the host together. Tests build the same one on a free port and a directory of their own.</summary>
internal static class SiloHost
{
    // What still has to stop after the attempts that were on their way: requests, the engine, the stores.
    private static readonly TimeSpan _afterGrace = TimeSpan.FromSeconds(15);

    /// <summary>Builds it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="customise">Changes it before it is built.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? customise = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(SiloHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        SiloConfiguration.Load(builder.Configuration, args);
        AddLogging(builder);
        AddHttp(builder);
        AddParts(builder);
        UnknownSettings.Refuse(builder.Configuration);
        customise?.Invoke(builder);
        var app = builder.Build();
        app.UseDlqApi();
        Engine.Map(app);
        return app;
    }

    private static void AddLogging(WebApplicationBuilder builder)
    {
        LogSettings.Read(builder.Configuration).Apply(builder.Logging);
        var phase = new StartupPhase();
        builder.Services.AddSingleton(phase);
        foreach (var category in StartupPhase.Categories) builder.Logging.AddFilter(category, phase.MayLog);
    }

    private static void AddHttp(WebApplicationBuilder builder)
    {
        var http = HttpSettings.Read(builder.Configuration);
        if (http.Certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Each endpoint has its own limit, with its own name in the configuration.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(http.Address, http.Port, listen =>
            {
                if (http.Certificate is not null) listen.UseHttps(https => (https.ServerCertificate, https.ServerCertificateChain) = (http.Certificate, http.Vouching));
            });
        });
    }

    private static void AddParts(WebApplicationBuilder builder)
    {
        // The order is that of starting, and backwards that of stopping: stores, engine, delivery, and Kestrel after them all.
        TraceExport.AddTo(builder.Services);
        MemoryKeeper.AddTo(builder);
        builder.Services.AddDlqApi(builder.Configuration);
        Engine.Add(builder);
        builder.Services.AddDlqApiStartup();
        builder.Services.AddHostedService<CredentialCheck>();
        builder.Services.AddHostedService<DrainService>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<DeliveryOptions>>((host, delivery) =>
            host.ShutdownTimeout = TimeSpan.FromMilliseconds(delivery.Value.ShutdownGraceMs) + _afterGrace);
    }
}
