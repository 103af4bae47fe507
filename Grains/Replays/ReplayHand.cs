using DlqCluster.Messages;

namespace DlqCluster.Replays;

/// <summary>
/// What a replay job knows, in memory, of the letters that it has in hand. After a crash it knows nothing of them and asks. Not thread-safe:
/// it belongs to one activation.
/// </summary>
internal sealed class ReplayHand
{
    private readonly Dictionary<MessageId, Entry> _entries = [];
    private readonly List<Queue<MessageId>> _ready = [];
    private readonly List<int> _underWay = [];

    private enum Standing
    {
        Unknown,
        Ready,
        UnderWay,
    }

    /// <summary>Letters whose replay is under way, or just being started.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Letters that can be started, over all lanes.</summary>
    public int Ready { get; private set; }

    /// <summary>Whether there are letters of which nothing is known.</summary>
    public bool HasUnknown { get; private set; }

    /// <summary>Letters of a lane that are under way.</summary>
    /// <param name="lane">The lane.</param>
    public int UnderWayOf(int lane) => _underWay[lane];

    /// <summary>Letters of a lane that can be started.</summary>
    /// <param name="lane">The lane.</param>
    public int ReadyOf(int lane) => _ready[lane].Count;

    /// <summary>Begins with what is stored: nothing is known of it.</summary>
    /// <param name="record">The job.</param>
    public void Load(ReplayJobRecord record)
    {
        _entries.Clear();
        _ready.Clear();
        _underWay.Clear();
        (UnderWay, Ready) = (0, 0);
        for (var lane = 0; lane < record.Lanes.Count; lane++)
        {
            _ready.Add(new Queue<MessageId>());
            _underWay.Add(0);
            foreach (var id in record.Lanes[lane].InHand) _entries[id] = new Entry(lane, Standing.Unknown);
        }

        HasUnknown = _entries.Count > 0;
    }

    /// <summary>Adds letters that were just taken in hand.</summary>
    public void Claim(int lane, IEnumerable<MessageId> letters)
    {
        foreach (var id in letters)
        {
            _entries[id] = new Entry(lane, Standing.Ready);
            Enqueue(lane, id);
        }
    }

    /// <summary>Takes letters of a lane to start them.</summary>
    public List<MessageId> Take(int lane, int count, TimeSpan now)
    {
        var taken = new List<MessageId>();
        while (taken.Count < count && _ready[lane].TryDequeue(out var id))
        {
            Ready--;
            var entry = _entries[id];
            Move(entry, Standing.UnderWay);
            entry.Since = now;
            taken.Add(id);
        }

        return taken;
    }

    /// <summary>Notes what is known of a letter.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="now">The time that has elapsed, since whenever.</param>
    /// <param name="maxTries">How often starting it may fail.</param>
    /// <returns>The lane and the end of a letter that has ended; null for one that has not, or that is not in hand.</returns>
    public (int Lane, JobLetter Letter)? Note(JobLetter letter, TimeSpan now, int maxTries)
    {
        if (!_entries.TryGetValue(letter.MessageId, out var entry)) return null;
        switch (letter.Outcome)
        {
            case JobLetterOutcome.UnderWay:
                if (entry.Standing != Standing.Ready) Move(entry, Standing.UnderWay);
                entry.Since = now;
                return null;
            case JobLetterOutcome.Unknown:
                Forget([letter.MessageId]);
                return null;
            case JobLetterOutcome.NotStarted when entry.Standing == Standing.Ready:
                return null;
            case JobLetterOutcome.NotStarted when ++entry.Tries <= maxTries:
                Move(entry, Standing.Ready);
                Enqueue(entry.Lane, letter.MessageId);
                return null;
            default:
                Remove(letter.MessageId, entry);
                var outcome = letter.Outcome == JobLetterOutcome.NotStarted ? JobLetterOutcome.Skipped : letter.Outcome;
                return (entry.Lane, letter with { Outcome = outcome });
        }
    }

    /// <summary>Notes that a call about letters got no answer: what became of them is not known.</summary>
    public void Forget(IEnumerable<MessageId> letters)
    {
        foreach (var id in letters)
        {
            if (!_entries.TryGetValue(id, out var entry) || entry.Standing == Standing.Ready) continue;
            Move(entry, Standing.Unknown);
            HasUnknown = true;
        }
    }

    /// <summary>Letters to ask about: those of which nothing is known, and those that have been under way for long.</summary>
    /// <param name="longAgo">Under way since before this.</param>
    /// <param name="limit">The most to return.</param>
    public List<MessageId> ToAsk(TimeSpan longAgo, int limit)
    {
        var ids = new List<MessageId>();
        foreach (var (id, entry) in _entries)
        {
            if (entry.Standing == Standing.Unknown || (entry.Standing == Standing.UnderWay && entry.Since <= longAgo)) ids.Add(id);
            if (ids.Count == limit) return ids;
        }

        return ids;
    }

    /// <summary>Looks whether there are still letters of which nothing is known.</summary>
    public void CountUnknown() => HasUnknown = _entries.Values.Any(entry => entry.Standing == Standing.Unknown);

    /// <summary>Gives up the letters of a lane that were not started.</summary>
    public List<MessageId> LetGo(int lane)
    {
        var ids = _ready[lane].ToList();
        _ready[lane].Clear();
        Ready -= ids.Count;
        foreach (var id in ids) _entries.Remove(id);
        return ids;
    }

    private void Enqueue(int lane, MessageId id)
    {
        _ready[lane].Enqueue(id);
        Ready++;
    }

    private void Move(Entry entry, Standing to)
    {
        var change = (to == Standing.UnderWay ? 1 : 0) - (entry.Standing == Standing.UnderWay ? 1 : 0);
        UnderWay += change;
        _underWay[entry.Lane] += change;
        entry.Standing = to;
    }

    private void Remove(MessageId id, Entry entry)
    {
        // It may have ended by a replay whose start nobody heard of.
        if (entry.Standing == Standing.Ready)
        {
            var others = _ready[entry.Lane].Where(other => other != id).ToArray();
            Ready -= _ready[entry.Lane].Count - others.Length;
            _ready[entry.Lane] = new Queue<MessageId>(others);
        }

        Move(entry, Standing.Unknown);
        _entries.Remove(id);
    }

    private sealed class Entry(int lane, Standing standing)
    {
        public int Lane => lane;

        public Standing Standing { get; set; } = standing;

        public TimeSpan Since { get; set; }

        public int Tries { get; set; }
    }
}
