using System.Reflection;

namespace DlqCluster.Silo;

/// <summary>What the program says once it has started: where it is, where its data is, and what to try next.</summary>
internal static class Greeting
{
    /// <summary>How to submit a first message.</summary>
    public const string Submit = """/api/messages -H 'Content-Type: application/json' -d '{"payload":{"hello":"world"}}'""";

    /// <summary>The three lines.</summary>
    /// <param name="app">The host, started.</param>
    public static string For(WebApplication app)
    {
        var version = typeof(Greeting).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        var address = app.Urls.FirstOrDefault() ?? "";
        return $$$"""
            Orleans.DlqCluster {{{version}}} ({{{Engine.Name}}}) listens on {{{address}}}
            {{{Engine.Place(app)}}}
            Try: curl {{{address}}}{{{Engine.Invitation(app)}}}
            """;
    }
}
