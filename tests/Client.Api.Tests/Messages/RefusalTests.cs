using DlqCluster.Api.Tests.Support;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Ledger;
using DlqCluster.Messages;
using DlqCluster.Storage;

namespace DlqCluster.Api.Tests.Messages;

public sealed class RefusalTests
{
    private const string Message = """{"payload":1}""";

    [Fact]
    public async Task A_full_queue_refuses_and_says_when_to_try_again()
    {
        await using var host = await ApiHost.StartAsync("Queue:MaxSize=2", "Queue:RetryAfterSeconds=7");
        (await host.Api.PostAsync("/admin/delivery/pause")).Is(200);
        (await host.Api.SubmitAsync(Message)).Is(202);
        (await host.Api.SubmitAsync(Message)).Is(202);

        var refused = await host.Api.SubmitAsync(Message);

        refused.IsProblem(503, "queue-full");
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
        (await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1}]}""")).IsProblem(503, "queue-full");
        (await host.Api.PostAsync("/admin/delivery/resume")).Is(200);
        await Wait.UntilAsync(() => host.Api.SubmitAsync(Message), answer => answer.Status == 202, "there is room again");
    }

    [Fact]
    public async Task A_batch_stops_where_the_queue_is_full()
    {
        await using var host = await ApiHost.StartAsync("Queue:MaxSize=3", "Ingest:BatchConcurrency=1");
        (await host.Api.PostAsync("/admin/delivery/pause")).Is(200);

        var answer = await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1},{"payload":2},{"payload":3},{"payload":4}]}""");

        Assert.Equal([202, 202, 202, 503], answer.Is(207)["data"].EnumerateArray().Select(item => item.GetProperty("status").GetInt32()));
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task While_draining_nothing_is_accepted_and_the_rest_goes_on()
    {
        await using var host = await ApiHost.StartAsync();
        var sent = await host.Api.SubmitAsync(Message);
        host.Get<DrainState>().Begin();

        (await host.Api.SubmitAsync(Message)).IsProblem(503, "draining");
        (await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1}]}""")).IsProblem(503, "draining");
        (await host.Api.GetAsync("/api/health/ready")).IsProblem(503, "not-ready");
        Assert.Equal("draining", (await host.Api.GetAsync("/api/health")).Is(503)["status"].GetString());
        (await host.Api.GetAsync("/api/health/live")).Is(200);
        (await host.Api.GetAsync("/api/messages/" + sent.Id)).Is(200);
    }

    [Fact]
    public async Task A_store_that_fails_is_503_and_a_repeat_later_is_accepted_once()
    {
        var ledger = new FailingLedger();
        await using var host = await ApiHost.StartAsync(builder => builder.Services.Decorate<ILedgerStore>(ledger.Around));
        ledger.Fail = true;

        (await host.Api.SubmitAsync(Message, ("Idempotency-Key", "k"))).IsProblem(503, "storage-unavailable");
        var batch = await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1}]}""");
        Assert.Equal(503, batch.Is(207)["data"][0].GetProperty("status").GetInt32());
        Assert.DoesNotContain("secret detail", batch.Text, StringComparison.Ordinal);

        ledger.Fail = false;
        var accepted = await host.Api.SubmitAsync(Message, ("Idempotency-Key", "k"));
        await host.Api.UntilStateAsync(accepted.Is(202).Id, "delivered");
    }

    [Theory]
    [InlineData(typeof(StorageUnavailableException), 503, "storage-unavailable")]
    [InlineData(typeof(TimeoutException), 503, "timeout")]
    [InlineData(typeof(SiloUnavailableException), 503, "silo-unavailable")]
    [InlineData(typeof(InvalidCastException), 500, "internal-error")]
    public async Task Faults_become_problem_documents_without_internals(Type fault, int status, string type)
    {
        await using var host = await ApiHost.StartAsync(builder => builder.Services.Decorate<IDeadLetterStore>(_ => new FaultyLetters(fault)));

        var answer = await host.Api.GetAsync("/api/dlq");

        answer.IsProblem(status, type);
        Assert.DoesNotContain("secret detail", answer.Text, StringComparison.Ordinal);
    }

    private sealed class FailingLedger : ILedgerStore
    {
        private ILedgerStore _inner = null!;

        public bool Fail { get; set; }

        public FailingLedger Around(ILedgerStore inner)
        {
            _inner = inner;
            return this;
        }

        public Task PutAsync(LedgerEntry entry) => Fail ? Task.FromException(new StorageUnavailableException("secret detail")) : _inner.PutAsync(entry);

        public Task PutSoonAsync(LedgerEntry entry) => _inner.PutSoonAsync(entry);

        public Task RemoveAsync(int partition, MessageId messageId) => _inner.RemoveAsync(partition, messageId);

        public Task<IReadOnlyList<MessageId>> ClaimAsync(int partition, string lane, DateTimeOffset upTo, int limit, DateTimeOffset watchUntil) =>
            _inner.ClaimAsync(partition, lane, upTo, limit, watchUntil);

        public Task<int> ReleaseAsync(int partition, DateTimeOffset now, DateTimeOffset? dueAfter) => _inner.ReleaseAsync(partition, now, dueAfter);

        public Task<IReadOnlyList<LaneHead>> PeekAsync(int partition) => _inner.PeekAsync(partition);

        public Task<IReadOnlyList<LaneCount>> CountAsync(int partition) => _inner.CountAsync(partition);
    }

    private sealed class FaultyLetters(Type fault) : IDeadLetterStore
    {
        public Task<Letter?> GetAsync(MessageId messageId) => Fail<Letter?>();

        public Task<long?> PutAsync(int partition, Letter letter, long expectedVersion) => Fail<long?>();

        public Task<IReadOnlyList<Letter>> DueAsync(int partition, DateTimeOffset now, int limit) => Task.FromResult<IReadOnlyList<Letter>>([]);

        public Task<IReadOnlyList<Letter>> StuckAsync(int partition, DateTimeOffset unchangedSince, int limit) => Task.FromResult<IReadOnlyList<Letter>>([]);

        public Task<LetterPage> QueryAsync(LetterQuery query) => Fail<LetterPage>();

        public Task<LetterStats> StatsAsync() => Fail<LetterStats>();

        public Task<IReadOnlyList<LetterPlace>> SelectAsync(LetterSelection selection, string target, LetterPlace? after, int limit) =>
            Fail<IReadOnlyList<LetterPlace>>();

        public Task<SelectionTally> TallyAsync(LetterSelection selection, int targets) => Fail<SelectionTally>();

        public Task<int> PurgeAsync(int partition, DateTimeOffset resolvedBefore, DateTimeOffset failedBefore, int limit) =>
            throw new NotSupportedException();

        public Task<IReadOnlyDictionary<int, long>> PendingByPartitionAsync() => throw new NotSupportedException();

        private Task<T> Fail<T>() => Task.FromException<T>((Exception)Activator.CreateInstance(fault, "secret detail")!);
    }
}
