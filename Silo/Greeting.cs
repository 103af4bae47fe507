using System.Reflection;
using DlqCluster.Hosting;
using DlqCluster.Silo.Configuration;
using Microsoft.Extensions.Options;

namespace DlqCluster.Silo;

/// <summary>What the program says once it has started: where it is, where its data is, and what to try next.</summary>
internal static class Greeting
{
    /// <summary>How to submit a first message.</summary>
    public const string Submit = """/api/messages -H 'Content-Type: application/json' -d '{"payload":{"hello":"world"}}'""";

    /// <summary>The lines.</summary>
    /// <param name="app">The host, started.</param>
    public static string For(WebApplication app)
    {
        var version = typeof(Greeting).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        var address = app.Urls.FirstOrDefault() ?? "";
        return $$$"""
            Orleans.DlqCluster {{{version}}} ({{{Engine.Name}}}) listens on {{{address}}}
            {{{Engine.Place(app)}}}
            {{{Openness(app)}}}
            Try: curl {{{address}}}{{{Engine.Invitation(app)}}}
            """;
    }

    // Who may do what is nothing to find out by surprise.
    private static string Openness(WebApplication app)
    {
        var outgoing = app.Services.GetRequiredService<IOptions<OutgoingOptions>>().Value.AllowPrivateNetworks
            ? "downstreams may be on this machine and in private networks"
            : "downstreams may be at public addresses only";
        var open = string.IsNullOrEmpty(app.Services.GetRequiredService<IOptions<SecurityOptions>>().Value.AdminToken)
            && HttpSettings.Read(app.Configuration).IsLoopback;
        return $"Access: {(open ? "whoever is on this machine, without a credential" : "with an API key or the admin token")}; {outgoing}";
    }
}
