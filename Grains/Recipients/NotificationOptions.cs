using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Recipients;

/// <summary>How notifications are handled.</summary>
public sealed class NotificationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Notifications";

    /// <summary>The downstream of channels that <see cref="Targets"/> does not name.</summary>
    [Required] public string Target { get; set; } = "default";

    /// <summary>The downstream of each channel, by the channel's name.</summary>
    public IDictionary<string, string> Targets { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Most quiet windows that a recipient may have, 0 to 1,000.</summary>
    [Range(0, 1000)] public int MaxQuietWindows { get; set; } = 50;

    /// <summary>Most channels that a recipient may switch, 0 to 1,000.</summary>
    [Range(0, 1000)] public int MaxChannels { get; set; } = 50;

    /// <summary>
    /// Notifications of one recipient that are told at once when its preferences change, 0 to 100,000; what is held back beyond that looks
    /// for itself, every <see cref="RecheckInterval"/>.
    /// </summary>
    [Range(0, 100_000)] public int MaxHeldTracked { get; set; } = 1_000;

    /// <summary>How often a notification that is held back asks anew, 1 second to 24 hours: should it ever miss being told.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")] public TimeSpan RecheckInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The downstream of a channel.</summary>
    /// <param name="channel">The channel.</param>
    public string TargetOf(string channel) => Targets.TryGetValue(channel, out var target) ? target : Target;
}
