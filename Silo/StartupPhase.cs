namespace DlqCluster.Silo;

/// <summary>
/// Keeps the framework from logging stack traces of a start that fails: the program tells the reason in one line. Once it has started they
/// may log what is worth a warning.
/// </summary>
internal sealed class StartupPhase
{
    private volatile bool _ended;

    /// <summary>Who would log them.</summary>
    public static IReadOnlyList<string> Categories { get; } = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Whether parts have begun to start: until then there is nothing to stop.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The first part begins to start.</summary>
    public void Begin() => HasBegun = true;

    /// <summary>It has started.</summary>
    public void End() => _ended = true;

    /// <summary>Whether they may log now.</summary>
    /// <param name="level">At this level.</param>
    public bool MayLog(LogLevel level) => _ended && level >= LogLevel.Warning;
}
