using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Conversations;

/// <summary>How conversations are handled.</summary>
public sealed class ConversationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Conversations";

    /// <summary>The downstream of conversations.</summary>
    [Required] public string Target { get; set; } = "default";

    /// <summary>Most recipients that a message may have, 1 to 10,000.</summary>
    [Range(1, 10_000)] public int MaxRecipients { get; set; } = 256;

    /// <summary>How long after a message's end its receipts are kept, and can be given, 1 minute to 3,650 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")] public TimeSpan ReceiptRetention { get; set; } = TimeSpan.FromDays(30);
}
