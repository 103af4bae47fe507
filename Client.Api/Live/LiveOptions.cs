using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Api.Live;

/// <summary>The stream of changes for people who watch.</summary>
internal sealed class LiveOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Live";

    /// <summary>How often each stream says how things are, in milliseconds, 500 to 60,000. All share one look at the service.</summary>
    [Range(500, 60_000)] public int IntervalMs { get; set; } = 1_000;

    /// <summary>Most streams at once, 1 to 10,000; one more is answered with 503.</summary>
    [Range(1, 10_000)] public int MaxStreams { get; set; } = 200;
}
