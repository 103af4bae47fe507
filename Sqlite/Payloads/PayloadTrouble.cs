namespace DlqCluster.Sqlite.Payloads;

/// <summary>
/// Remembers that the disk refused a payload, until one as large can be written again: a disk may have room for messages and none for what is large.
/// </summary>
/// <param name="files">Where payloads lie.</param>
internal sealed class PayloadTrouble(PayloadFiles files)
{
    private const string TrialKey = "trial";

    private Refusal? _last;

    /// <summary>Notes how a payload's writing ended.</summary>
    /// <param name="bytes">How large it is.</param>
    /// <param name="problem">Why it was refused; null when it was written.</param>
    public void Note(int bytes, string? problem)
    {
        var last = Volatile.Read(ref _last);
        if (problem is not null) Volatile.Write(ref _last, new Refusal(bytes, problem));
        else if (last is not null && bytes >= last.Bytes) End(last);
    }

    /// <summary>Tries again what was refused last, under a name that nobody sees.</summary>
    /// <returns>What is wrong; null when nothing was refused, or it would not be now.</returns>
    public string? Try()
    {
        if (Volatile.Read(ref _last) is not { } last) return null;
        try
        {
            PayloadFiles.Forget(files.Write(TrialKey, new byte[last.Bytes]));
            End(last);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"Payloads that are kept as files (Payloads:InlineLimit) are refused; smaller ones are accepted. {last.Problem}";
        }
    }

    // Unless another one was refused meanwhile.
    private void End(Refusal last) => Interlocked.CompareExchange(ref _last, null, last);

    private sealed record Refusal(int Bytes, string Problem);
}
