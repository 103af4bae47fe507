using DlqCluster.Api.Tests.Support;
using DlqCluster.Silo.Memory;
using DlqCluster.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DlqCluster.Api.Tests.Memory;

/// <summary>The part that looks again and again, and gives memory back.</summary>
[Trait("Spec", "OP1")]
public sealed class MemoryKeeperTests
{
    private const long Mb = 1024 * 1024;

    private readonly FakeMemory _memory = new();
    private readonly OneTimer _time = new();

    [Fact]
    public async Task Memory_is_given_back_once_after_each_spell_of_work()
    {
        using var keeper = await StartAsync(new MemoryOptions());
        var trims = new List<int>();
        foreach (var mb in new[] { 100, 100, 0, 0, 0, 100, 0, 0 })
        {
            Work(mb);
            trims.Add(_memory.Trims);
        }

        Assert.Equal([0, 0, 1, 1, 1, 1, 2, 2], trims);
    }

    [Fact]
    public async Task Memory_that_could_not_be_given_back_is_after_the_next_spell_of_work()
    {
        using var keeper = await StartAsync(new MemoryOptions());
        _memory.Failure = new DllNotFoundException("libc");
        foreach (var mb in new[] { 100, 0 }) Work(mb);
        Assert.Equal(0, _memory.Trims);

        _memory.Failure = null;
        foreach (var mb in new[] { 0, 100, 0 }) Work(mb);
        Assert.Equal(1, _memory.Trims);
    }

    [Fact]
    public async Task Nobody_looks_when_it_is_switched_off_or_over()
    {
        using var off = await StartAsync(new MemoryOptions { RestIntervalMs = 0 });
        Assert.False(_time.IsArmed);

        using var on = await StartAsync(new MemoryOptions());
        Assert.True(_time.IsArmed);
        await on.StopAsync(CancellationToken.None);
        Assert.False(_time.IsArmed);
    }

    [Fact]
    public async Task The_program_looks_after_its_own_memory()
    {
        await using var host = await ApiHost.StartAsync(
            builder => builder.Services.AddSingleton<IProcessMemory>(_memory), "Memory:RestIntervalMs=1", "Memory:RestKbPerSecond=1000000", "Memory:WorkMb=1");
        // Work that no rest is as busy as; then nothing.
        _memory.Allocated = long.MaxValue / 2;

        await Wait.UntilAsync(() => _memory.Trims == 1, "memory is given back");
    }

    [Fact]
    public async Task Everything_is_collected_once_the_stores_have_let_go_of_what_they_keep()
    {
        var (first, second) = (new Cache(3), new Cache(4));
        var memory = new ProcessMemory([first, second]);
        var before = memory.Allocated;
        GC.KeepAlive(new byte[16 * Mb]);

        Assert.Equal(7, await memory.TrimAsync());
        Assert.All([first, second], cache => Assert.True(GC.CollectionCount(GC.MaxGeneration) > cache.CollectionsWhenDropped));
        // Threads may hold some KiB that are counted later.
        Assert.InRange(memory.Allocated - before, 8 * Mb, long.MaxValue);
    }

    private void Work(int mb)
    {
        _memory.Allocated += mb * Mb;
        _time.Fire();
    }

    private async Task<MemoryKeeper> StartAsync(MemoryOptions options)
    {
        var keeper = new MemoryKeeper(_memory, Options.Create(options), _time, NullLogger<MemoryKeeper>.Instance);
        await keeper.StartAsync(CancellationToken.None);
        return keeper;
    }

    private sealed class Cache(long bytes) : IStoreCache
    {
        public int? CollectionsWhenDropped { get; private set; }

        public Task<long> DropAsync()
        {
            CollectionsWhenDropped = GC.CollectionCount(GC.MaxGeneration);
            return Task.FromResult(bytes);
        }
    }

    private sealed class FakeMemory : IProcessMemory
    {
        private long _allocated;
        private int _trims;

        public long Allocated
        {
            get => Volatile.Read(ref _allocated);
            set => Volatile.Write(ref _allocated, value);
        }

        public int Trims => Volatile.Read(ref _trims);

        public Exception? Failure { get; set; }

        public Task<long> TrimAsync() => Failure is not null ? Task.FromException<long>(Failure) : Task.FromResult<long>(Interlocked.Increment(ref _trims));
    }

    /// <summary>A clock with one timer, which moves on to that timer's time when told.</summary>
    private sealed class OneTimer : TimeProvider
    {
        private readonly List<Timer> _timers = [];
        private long _ticks;

        public bool IsArmed => _timers.Exists(static timer => timer.Due is not null);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            var timer = new Timer(() => callback(state));
            timer.Change(dueTime, period);
            _timers.Add(timer);
            return timer;
        }

        public void Fire()
        {
            var timer = Assert.Single(_timers);
            var due = timer.Due!.Value;
            timer.Due = null;
            _ticks += due.Ticks;
            timer.Act();
        }

        private sealed class Timer(Action act) : ITimer
        {
            public TimeSpan? Due { get; set; }

            public void Act() => act();

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : dueTime;
                return true;
            }

            public void Dispose() => Due = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
