namespace DlqCluster.Sqlite.Messages;

/// <summary>A message that is not yet found by the tables that are written later, or that is claimed.</summary>
/// <param name="key">Its id.</param>
/// <param name="seq">The number of its row.</param>
internal sealed class RecentMessage(MessageKey key, long seq)
{
    /// <summary>Its id.</summary>
    public MessageKey Key => key;

    /// <summary>The number of its row.</summary>
    public long Seq => seq;

    /// <summary>Its ledger entry's place; null when it has none.</summary>
    public LedgerPlace? Place { get; set; }

    /// <summary>The place that is stored: another one only while the message is claimed.</summary>
    public LedgerPlace? Stored { get; set; }

    /// <summary>Whether its entry has been claimed, which is known here alone.</summary>
    public bool IsClaimed { get; set; }

    /// <summary>Whether the tables find it, so that it is here only for as long as it is claimed.</summary>
    public bool IsIndexed { get; set; }

    /// <summary>Whether <c>message_dues</c> has its entry, and so has to follow its moves.</summary>
    public bool HasDue { get; set; }

    /// <summary>Whether <c>message_ids</c> has it, and so has to follow the moves of its entry too.</summary>
    public bool HasId { get; set; }

    /// <summary>Whether its row has been inserted.</summary>
    public bool IsStored { get; set; } = true;

    /// <summary>Whether its row has been deleted.</summary>
    public bool IsGone { get; set; }
}

/// <summary>Where a ledger entry stands.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Lane">The lane.</param>
/// <param name="DueMs">When it is due, in milliseconds since 1970.</param>
internal readonly record struct LedgerPlace(int Partition, string Lane, long DueMs);
