using DlqCluster.Ledger;
using DlqCluster.Storage;
using DlqCluster.Testing;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Memory;

/// <summary>The places where tests inject faults.</summary>
public sealed class HookTests
{
    private static readonly LedgerEntry _entry = new(0, Id(1), LedgerLanes.Active, Start);

    private readonly MemoryLedgerStore _store = new();

    [Fact]
    public async Task A_fault_before_leaves_it_undone()
    {
        _store.Before = static operation => Task.FromException(new StorageUnavailableException(operation));
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => _store.PutAsync(_entry));
        Assert.Equal("ledger.put", error.Message);
        _store.Before = null;
        Assert.Empty(await _store.AllAsync());
    }

    [Fact]
    public async Task A_fault_after_leaves_it_done()
    {
        _store.After = static operation => Task.FromException(new StorageUnavailableException(operation));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _store.PutAsync(_entry));
        _store.After = null;
        Assert.Equal(_entry, Assert.Single(await _store.AllAsync()));
    }

    [Fact]
    public async Task A_late_answer_is_late()
    {
        var gate = new TaskCompletionSource();
        _store.After = _ => gate.Task;
        var put = _store.PutAsync(_entry);
        Assert.False(put.IsCompleted);
        gate.SetResult();
        await put;
    }

    [Fact]
    public void Without_hooks_everything_completes_at_once() => Assert.True(_store.PutAsync(_entry).IsCompletedSuccessfully);
}
