using DlqCluster.Contract.Tests.Sqlite.Models;
using DlqCluster.Ledger;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.GrainState;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Sqlite.Messages;
using DlqCluster.Testing;
using Orleans.Storage;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>
/// Messages, whose state and ledger entry share a row, and whose index is written behind: whatever comes after whatever, at whichever point
/// of that, across restarts and undone commits, the answers are those of a store that keeps both apart in memory.
/// </summary>
public sealed class MessageTableTests : IDisposable
{
    private const string State = "message";
    private const int Count = 40;
    private const int Partitions = 2;

    private static readonly string[] _lanes = [LedgerLanes.Active, LedgerLanes.Scheduled, LedgerLanes.Receipt, LedgerLanes.Waiting("a")];

    private SqliteFixture? _sqlite;
    private SqliteGrainStorage? _states;
    private SqliteLedgerStore? _ledger;

    public static TheoryData<int, int> Runs
    {
        get
        {
            var runs = new TheoryData<int, int>();
            foreach (var behind in (int[])[1, 5, 12])
                for (var seed = 0; seed < 4; seed++) runs.Add(behind, seed);
            return runs;
        }
    }

    private SqliteFixture Sqlite => _sqlite!;

    [Theory, MemberData(nameof(Runs))]
    public async Task Any_sequence_of_states_and_entries_is_answered_as_memory_answers_it(int behind, int seed)
    {
        _sqlite = new SqliteFixture(options => options.IndexBehind = behind);
        Open();
        var random = new Random(seed);
        var model = new MessageModel();
        for (var step = 0; step < 400; step++)
        {
            var expected = await ActAsync(random, model);
            expected ??= await LanesDifferAsync(model, random.Next(Partitions));
            if (expected is not null) Assert.Fail($"Step {step}: {expected}");
        }

        for (var partition = 0; partition < Partitions; partition++)
        {
            Assert.Equal(await model.Ledger.CountAsync(partition), await _ledger!.CountAsync(partition));
            Assert.Equal(await model.Ledger.PeekAsync(partition), await _ledger!.PeekAsync(partition));
        }

        for (var number = 0; number < Count; number++) Assert.Equal(model.Text(number), await ReadAsync(number));
    }

    [Fact]
    public async Task A_message_is_found_at_every_moment_while_it_is_written_behind()
    {
        _sqlite = new SqliteFixture(static options => options.IndexBehind = 16);
        Open();
        using var done = new CancellationTokenSource();
        await WriteAsync(0, null);
        var reading = Task.Run(async () =>
        {
            for (var reads = 0; ; reads++)
            {
                if (await ReadAsync(0) is null) return -1;
                if (done.IsCancellationRequested) return reads;
            }
        });
        for (var number = 1; number < 500; number++) await WriteAsync(number, null);
        await done.CancelAsync();
        Assert.True(await reading >= 0, "The message was gone for a moment.");
    }

    [Fact]
    public async Task Which_ids_are_new_is_known_without_a_read_after_a_restart_and_as_ids_are_written()
    {
        _sqlite = new SqliteFixture(static options => options.IndexBehind = 16);
        Open();
        for (var number = 0; number < 200; number++) await WriteAsync(number, null);
        Sqlite.Restart();
        Open();
        await Sqlite.Store.KnownIds.Reading;
        for (var number = 200; number < 300; number++) await WriteAsync(number, null);
        for (var number = 0; number < 300; number++)
        {
            Assert.False(Sqlite.Store.Messages.IsNew(MessageKey.Of(Id(number))));
            Assert.NotNull(await ReadAsync(number));
        }

        Assert.InRange(Enumerable.Range(1_000, 1_000).Count(number => Sqlite.Store.Messages.IsNew(MessageKey.Of(Id(number)))), 980, 1_000);
    }

    [Fact]
    public async Task What_an_earlier_version_kept_is_found()
    {
        var directory = SqliteFixture.TemporaryDirectory();
        Directory.CreateDirectory(directory);
        using (var db = Connection.Open(Path.Combine(directory, "dlq.db"), 0)) OldDatabase.Fill(db);
        using (var store = SqliteFixture.Create(directory))
        {
            store.Open();
            var states = new SqliteGrainStorage(store, new JsonStorageSerializer());
            var ledger = new SqliteLedgerStore(store);
            Assert.Equal("both", await TextAsync(states, State, Id(1).Value));
            Assert.Equal("state alone", await TextAsync(states, State, Id(2).Value));
            Assert.Null(await TextAsync(states, State, Id(3).Value));
            Assert.Equal("another grain", await TextAsync(states, "lane", "a key"));
            Assert.Equal([new LaneHead(LedgerLanes.Active, At(1)), new LaneHead(LedgerLanes.Scheduled, At(3))], await ledger.PeekAsync(0));
            Assert.Equal([Id(3)], await ledger.ClaimAsync(0, LedgerLanes.Scheduled, At(9), 9, At(20)));
        }

        Directory.Delete(directory, recursive: true);
    }

    public void Dispose() => _sqlite?.Dispose();

    private static async Task<string?> TextAsync(SqliteGrainStorage states, string name, string key)
    {
        var state = new GrainState<Note>();
        await states.ReadStateAsync(name, GrainId.Create(name, key), state);
        return state.RecordExists ? state.State!.Text : null;
    }

    private void Open() =>
        (_states, _ledger) = (new SqliteGrainStorage(Sqlite.Store, new JsonStorageSerializer()), new SqliteLedgerStore(Sqlite.Store));

    /// <returns>How the lanes of a partition differ; null when they do not.</returns>
    private async Task<string?> LanesDifferAsync(MessageModel model, int partition)
    {
        var (heads, right) = (await _ledger!.PeekAsync(partition), await model.Ledger.PeekAsync(partition));
        var (counts, exact) = (await _ledger.CountAsync(partition), await model.Ledger.CountAsync(partition));
        return heads.SequenceEqual(right) && counts.SequenceEqual(exact)
            ? null
            : $"the lanes are [{string.Join(' ', heads)}] [{string.Join(' ', counts)}] and not [{string.Join(' ', right)}] [{string.Join(' ', exact)}]";
    }

    /// <summary>Does something to both.</summary>
    /// <returns>How they differ; null when they do not.</returns>
    private async Task<string?> ActAsync(Random random, MessageModel model)
    {
        var number = random.Next(Count);
        var entry = new LedgerEntry(number % Partitions, Id(number), _lanes[random.Next(_lanes.Length)], At(random.Next(10)));
        switch (random.Next(24))
        {
            case < 6:
                // The right etag mostly; at times one that is none, or was.
                var etag = random.Next(5) == 0 ? random.Next(2) == 0 ? null : "77" : model.ETag(number);
                var text = await WriteAsync(number, etag);
                return model.Write(number, etag, text) ? null : $"the write of {number} with {etag ?? "no etag"} should have gone the other way";
            case < 9:
                var tag = random.Next(5) == 0 ? "77" : model.ETag(number);
                return model.Clear(number, tag) == await ClearAsync(number, tag) ? null : $"the clearing of {number} should have gone the other way";
            case < 13:
                await _ledger!.PutAsync(entry);
                await model.Ledger.PutAsync(entry);
                return null;
            case 13:
                await _ledger!.PutSoonAsync(entry);
                await model.Ledger.PutAsync(entry);
                Sqlite.Restart();
                model.Ledger.ForgetClaims();
                Open();
                return null;
            case < 16:
                await _ledger!.RemoveAsync(entry.Partition, entry.MessageId);
                await model.Ledger.RemoveAsync(entry.Partition, entry.MessageId);
                return null;
            case 16:
                await UndoAsync(entry);
                model.Ledger.ForgetClaims();
                return null;
            case 17:
                DateTimeOffset? after = random.Next(2) == 0 ? null : entry.Due.AddMilliseconds(2);
                var released = await _ledger!.ReleaseAsync(entry.Partition, entry.Due, after);
                var expected = await model.Ledger.ReleaseAsync(entry.Partition, entry.Due, after);
                return released == expected ? null : $"{released} were released and not {expected}";
            case 18 or 19:
                return await AcceptAsync(random, model, number, entry);
            default:
                var claimed = await _ledger!.ClaimAsync(entry.Partition, entry.Lane, entry.Due, 3, At(20));
                var right = await model.Ledger.ClaimAsync(entry.Partition, entry.Lane, entry.Due, 3, At(20));
                return claimed.SequenceEqual(right) ? null : $"claimed [{string.Join(' ', claimed)}] and not [{string.Join(' ', right)}]";
        }
    }

    /// <summary>Entry and state in one commit, as a message is accepted; at times something in between comes to nothing, or moves the entry.</summary>
    private async Task<string?> AcceptAsync(Random random, MessageModel model, int number, LedgerEntry entry)
    {
        using var gate = new ManualResetEventSlim();
        var first = Sqlite.Store.WriteAsync(gate, static (_, opens) => opens.Wait(TimeSpan.FromMinutes(1)));
        var acts = new List<Task> { _ledger!.PutAsync(entry) };
        await model.Ledger.PutAsync(entry);
        var undone = random.Next(3) == 0;
        if (undone) acts.Add(UndoAsync(entry));
        var moved = entry with { Lane = _lanes[random.Next(_lanes.Length)], Due = At(random.Next(10)) };
        if (random.Next(3) == 0)
        {
            acts.Add(_ledger.PutAsync(moved));
            await model.Ledger.PutAsync(moved);
        }

        var failed = random.Next(3) == 0;
        if (failed) acts.Add(FailAsync());
        var etag = model.ETag(number);
        var write = WriteAsync(number, etag);
        gate.Set();
        Assert.True(await first);
        await Task.WhenAll(acts);
        if (undone || failed) model.Ledger.ForgetClaims();
        return model.Write(number, etag, await write) ? null : $"the write of {number} together with its entry should have gone the other way";
    }

    /// <summary>A write of one statement that is refused by itself.</summary>
    private async Task FailAsync()
    {
        var failing = Sqlite.Store.WriteAsync<int, int>(0, static (db, _) => throw new TimeoutException("refused"));
        await Assert.ThrowsAsync<TimeoutException>(() => failing);
    }

    /// <summary>A write that comes to nothing after it has changed something.</summary>
    private async Task UndoAsync(LedgerEntry entry)
    {
        var messages = Sqlite.Store.Messages;
        var undone = Sqlite.Store.WriteTogetherAsync<int, bool>(0, (db, _) =>
        {
            messages.PutAll(db, [entry, entry with { MessageId = Id(Count + 1) }]);
            messages.Remove(db, entry.Partition, MessageKey.Of(entry.MessageId));
            throw new TimeoutException("undone");
        });
        await Assert.ThrowsAsync<TimeoutException>(() => undone);
    }

    private async Task<string?> ReadAsync(int number)
    {
        var state = new GrainState<Note>();
        await _states!.ReadStateAsync(State, Grain(number), state);
        return state.RecordExists ? $"{state.ETag} {state.State!.Text}" : null;
    }

    /// <returns>What is stored now; null when it was refused.</returns>
    private async Task<string?> WriteAsync(int number, string? etag)
    {
        var state = new GrainState<Note> { State = new Note { Text = $"message {number}" }, ETag = etag, RecordExists = etag is not null };
        try
        {
            await _states!.WriteStateAsync(State, Grain(number), state);
            return $"{state.ETag} {state.State!.Text}";
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }

    private async Task<bool> ClearAsync(int number, string? etag)
    {
        try
        {
            await _states!.ClearStateAsync(State, Grain(number), new GrainState<Note> { ETag = etag });
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private static GrainId Grain(int number) => GrainId.Create(State, Id(number).Value);

    internal sealed class Note
    {
        public string Text { get; set; } = "";
    }
}
