using DlqCluster.DeadLetters;
using DlqCluster.Sqlite.DeadLetters;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>What the store keeps in memory only to be faster.</summary>
public sealed class CacheTests : IDisposable
{
    private readonly SqliteFixture _sqlite = new();

    [Fact]
    public async Task What_the_writer_keeps_is_forgotten_once_and_nothing_else_with_it()
    {
        const int letters = 500;
        var store = new SqliteDeadLetterStore(_sqlite.Store);
        await Task.WhenAll(Enumerable.Range(0, letters).Select(number => store.PutAsync(0, Letter(number), 0)));

        // No less than each letter takes.
        Assert.InRange(await _sqlite.Store.DropAsync(), letters * 500, long.MaxValue);
        Assert.InRange(await _sqlite.Store.DropAsync(), 0, letters * 50);
        Assert.Equal(letters, (await store.QueryAsync(new LetterQuery { Filter = new LetterFilter(), PageSize = 1 })).Total);
        await store.PutAsync(0, Letter(letters), 0);
    }

    [Fact]
    public async Task A_store_that_is_closed_has_nothing_to_forget()
    {
        _sqlite.Store.Dispose();

        Assert.Equal(0, await _sqlite.Store.DropAsync());
    }

    public void Dispose() => _sqlite.Dispose();
}
