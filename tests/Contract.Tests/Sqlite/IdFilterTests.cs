using DlqCluster.Messages;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Storage;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>The filter that tells which message ids are new: it may err to one side only.</summary>
public sealed class IdFilterTests
{
    private const int Count = 20_000;

    private readonly Dictionary<MessageKey, bool> _stored = [];

    [Theory, InlineData(false), InlineData(true)]
    public void What_was_added_may_be_there_and_nearly_all_else_is_not(bool inOrderOfTime)
    {
        var random = new Random(7);
        var ids = Enumerable.Range(0, 2 * Count).Select(_ => inOrderOfTime ? Guid.CreateVersion7() : Random(random)).Select(Key).ToList();
        var filter = new IdFilter(Count);
        foreach (var id in ids.Take(Count)) filter.Add(id);
        Assert.All(ids.Take(Count), id => Assert.True(filter.MayContain(id)));
        Assert.InRange(ids.Skip(Count).Count(filter.MayContain), 0, Count / 50);
        Assert.Equal(Count, filter.Count);
    }

    [Fact]
    public void The_least_one_works_too()
    {
        var filter = new IdFilter(1);
        Assert.False(filter.MayContain(MessageKey.Of(Id(1))));
        filter.Add(MessageKey.Of(Id(1)));
        Assert.True(filter.MayContain(MessageKey.Of(Id(1))));
    }

    [Fact]
    public async Task Until_all_ids_have_been_read_any_may_be_there_and_what_is_added_meanwhile_is_not_missed()
    {
        var known = new KnownIds(1 << 20);
        var page = new TaskCompletionSource<List<MessageKey>>();
        known.Begin(10, (_, _) => page.Task);
        Assert.True(known.MayContain(MessageKey.Of(Id(9))));
        known.Add(MessageKey.Of(Id(1)));
        page.SetResult([MessageKey.Of(Id(2))]);
        await known.Reading;
        Assert.True(known.MayContain(MessageKey.Of(Id(1))));
        Assert.True(known.MayContain(MessageKey.Of(Id(2))));
        Assert.False(known.MayContain(MessageKey.Of(Id(9))));
    }

    [Fact]
    public async Task A_filter_that_has_worn_out_is_read_anew_and_forgets_what_is_gone()
    {
        // As large as it may be, so it bears four times as many ids as it is made for.
        var known = new KnownIds(1_500);
        known.Begin(1, Page);
        await known.Reading;
        for (var number = 0; number < 4_000; number++) known.Add(MessageKey.Of(Id(number)));
        _stored[MessageKey.Of(Id(3))] = true;
        known.RenewIfDue();
        await known.Reading;
        Assert.True(known.MayContain(MessageKey.Of(Id(3))));
        Assert.Equal(1, Enumerable.Range(0, 4_000).Count(number => known.MayContain(MessageKey.Of(Id(number)))));
    }

    [Fact]
    public async Task With_far_more_ids_than_fit_every_one_may_be_there()
    {
        for (var number = 0; number < 5_000; number++) _stored[MessageKey.Of(Id(number))] = true;
        var known = new KnownIds(1_500);
        known.Begin(5_000, Page);
        await known.Reading;
        Assert.True(known.MayContain(MessageKey.Of(Id(9_999))));
    }

    [Fact]
    public async Task Without_memory_for_it_or_when_the_ids_cannot_be_read_every_one_may_be_there()
    {
        var none = new KnownIds(0);
        none.Begin(1, Page);
        Assert.True(none.MayContain(MessageKey.Of(Id(1))));
        var unread = new KnownIds(1 << 20);
        unread.Begin(1, static (_, _) => Task.FromException<List<MessageKey>>(new StorageUnavailableException("closed")));
        await unread.Reading;
        Assert.True(unread.MayContain(MessageKey.Of(Id(1))));
    }

    [Fact]
    public async Task Ids_that_could_not_be_read_are_read_later_the_more_rarely_the_more_often_it_failed()
    {
        var known = new KnownIds(1 << 20);
        var (isClosed, read) = (true, 0);
        known.Begin(1, (after, most) =>
        {
            read++;
            return isClosed ? Task.FromException<List<MessageKey>>(new StorageUnavailableException("too much is being read")) : Page(after, most);
        });
        for (var renewal = 0; renewal < 4 * KnownIds.MostPassed; renewal++)
        {
            await known.Reading;
            known.RenewIfDue();
        }

        // After 2, 4, 8 … 1,024 chances, and each 1,024 after that.
        Assert.Equal(1 + 10 + 2, read);
        Assert.True(known.MayContain(MessageKey.Of(Id(1))));
        isClosed = false;
        known.Add(MessageKey.Of(Id(1)));
        _stored[MessageKey.Of(Id(1))] = true;
        for (var renewal = 0; renewal < KnownIds.MostPassed; renewal++) known.RenewIfDue();
        await known.Reading;
        Assert.True(known.MayContain(MessageKey.Of(Id(1))));
        Assert.False(known.MayContain(MessageKey.Of(Id(2))));
    }

    private static MessageKey Key(Guid id) => MessageKey.Of(new MessageId(id.ToString("D")));

    private static Guid Random(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private Task<List<MessageKey>> Page(MessageKey? after, int most) =>
        Task.FromResult(_stored.Keys.Order().Where(id => after is null || id.CompareTo(after.Value) > 0).Take(most).ToList());
}
