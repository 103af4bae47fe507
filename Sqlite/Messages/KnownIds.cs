using DlqCluster.Storage;

namespace DlqCluster.Sqlite.Messages;

/// <summary>
/// Knows, without a read, of nearly every id that is new that it is: a filter over the ids in <c>message_ids</c>, which it reads once at the start
/// and anew when the filter has worn out, for ids that are gone stay in it, or when a reading failed. Until it has been read every id may be known.
/// </summary>
/// <param name="limitBytes">The largest filter, in bytes; 0 for none.</param>
internal sealed class KnownIds(long limitBytes)
{
    private const long LeastIds = 1L << 20;
    private const int PageSize = 4_096;

    /// <summary>So many times as many ids as it is made for leave a filter that cannot grow still worth asking: of those that are new it takes three in ten for known.</summary>
    private const int MostOverfilled = 4;

    /// <summary>After readings that failed, so many times at most it lets the moment for another one pass.</summary>
    internal const int MostPassed = 1_024;

    private readonly long _mostIds = limitBytes * 8 / IdFilter.BitsPerId;

    // Whoever adds looks at the one being read first, and whoever completes it makes it the complete one first: no id falls between the two.
    private volatile IdFilter? _reading;
    private volatile IdFilter? _complete;
    private Func<MessageKey?, int, Task<List<MessageKey>>>? _page;
    private long _capacity;

    // Of the readings in a row, up to the last one: written by it before it says that it is over.
    private int _failures;
    private int _passed;

    /// <summary>Completes when no reading is under way any more.</summary>
    public Task Reading { get; private set; } = Task.CompletedTask;

    /// <summary>Whether a message with this id may be in <c>message_ids</c>. On any thread.</summary>
    public bool MayContain(MessageKey key) => _complete is not { } filter || filter.MayContain(key);

    /// <summary>Adds an id that is about to be written. On the writer's thread.</summary>
    public void Add(MessageKey key)
    {
        _reading?.Add(key);
        _complete?.Add(key);
    }

    /// <summary>Reads the ids for the first time, before anything is written.</summary>
    /// <param name="ids">About how many there are.</param>
    /// <param name="page">Gives the next so many ids after one, in their order; fewer only at the end.</param>
    public void Begin(long ids, Func<MessageKey?, int, Task<List<MessageKey>>> page)
    {
        _page = page;
        if (_mostIds > 0) Begin(2 * ids);
    }

    /// <summary>Reads the ids anew if the filter has worn out, or if they could not be read; the more often they could not, the more rarely. On the writer's thread, while no id that was added is not durable: the reading would miss it.</summary>
    public void RenewIfDue()
    {
        if (_page is null || _mostIds == 0 || _reading is not null) return;
        if (_failures > 0)
        {
            if (++_passed >= Math.Min(1 << Math.Min(_failures, 30), MostPassed)) Begin(_capacity);
            return;
        }

        if (_complete is not { } filter) return;
        if (filter.Count >= (filter.Capacity < _mostIds ? 1 : MostOverfilled) * filter.Capacity) Begin(2 * filter.Capacity);
    }

    private void Begin(long capacity)
    {
        (_capacity, _passed) = (capacity, 0);
        var filter = new IdFilter(Math.Min(_mostIds, Math.Max(LeastIds, capacity)));
        _reading = filter;
        Reading = ReadAsync(filter, _page!);
    }

    private async Task ReadAsync(IdFilter filter, Func<MessageKey?, int, Task<List<MessageKey>>> page)
    {
        try
        {
            MessageKey? last = null;
            while (true)
            {
                var ids = await page(last, PageSize).ConfigureAwait(false);
                foreach (var id in ids) filter.Add(id);
                if (ids.Count < PageSize) break;
                last = ids[^1];
            }

            // With more ids than even this is good for, asking it would be for nothing.
            _complete = filter.Count < MostOverfilled * filter.Capacity ? filter : null;
            _failures = 0;
        }
        catch (StorageUnavailableException)
        {
            // The store is closing, or too much else is being read, or its disk fails, which the writer says: the filter that there was, if any, stays in use.
            _failures++;
        }

        _reading = null;
    }
}
