using System.Globalization;
using Orleans.Storage;

namespace DlqCluster.Sqlite.GrainState;

/// <summary>The version of a state, whose etag is its text.</summary>
internal static class StateVersion
{
    /// <summary>The etag of a version.</summary>
    public static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>The version of an etag; null when it is none.</summary>
    public static long? Number(string? etag) =>
        long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    /// <summary>The stored version is another one than the etag says.</summary>
    /// <param name="act">What was not done.</param>
    /// <param name="name">The state's name.</param>
    /// <param name="grainId">Its grain.</param>
    /// <param name="etag">The etag that was expected.</param>
    /// <param name="stored">The version that there is; null when there is none.</param>
    public static InconsistentStateException Inconsistent(string act, string name, GrainId grainId, string? etag, long? stored)
    {
        var found = stored is { } version ? Text(version) : null;
        return new InconsistentStateException(
            $"State '{name}' of {grainId} was not {act}: its stored etag is {found ?? "none"}, expected was {etag ?? "none"}.", found, etag);
    }
}
