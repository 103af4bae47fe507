using System.Globalization;
using System.Text.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Sqlite;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Sqlite.Engine;
using DlqCluster.Sqlite.GrainState;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Sqlite.Ordering;
using DlqCluster.Sqlite.Reminders;
using DlqCluster.Storage;
using DlqCluster.Testing;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite;

/// <summary>
/// Files as a crash may leave them: the log cut off anywhere, or with rubbish where the last write was; a database that was being brought up to
/// date when it happened. What was acknowledged is there, in every store, and nothing of what was not; or the damage is reported.
/// </summary>
public sealed class TornWriteTests : IDisposable
{
    private const string Database = "dlq.db";
    private const string Log = "dlq.db-wal";
    private const int LogHeaderBytes = 32;
    private const int FrameBytes = 24 + Schema.PageBytes;
    private const int Acts = 48;

    private static readonly LaneName _lane = new("billing", "key");

    private readonly SqliteFixture _sqlite = new();
    private readonly string _torn = SqliteFixture.TemporaryDirectory();

    /// <summary>After each acknowledgement: how long the log was, and what the stores held.</summary>
    private readonly List<(long LogBytes, string Content)> _acknowledged = [];

    private enum Tear
    {
        /// <summary>The file ends there.</summary>
        Cut,

        /// <summary>The file is as long as it was to be, but from there on nothing was written.</summary>
        Zeros,

        /// <summary>From there on there is something else.</summary>
        Rubbish,
    }

    [Fact]
    public async Task A_log_that_is_torn_anywhere_holds_all_that_was_acknowledged_before_and_nothing_else()
    {
        await WriteAsync();
        var database = await ReadAsync(Database);
        var log = await ReadAsync(Log);
        Assert.Equal(log.Length, _acknowledged[^1].LogBytes);
        var random = new Random(4711);
        var frames = (log.Length - LogHeaderBytes) / FrameBytes;
        for (var number = 0; number < 90; number++)
        {
            var frame = random.Next(frames + 1);
            // At the border between two frames, or within one.
            var at = LogHeaderBytes + (frame * FrameBytes) + (frame == frames || number % 3 == 0 ? 0 : random.Next(1, FrameBytes));
            var tear = (Tear)(number % 3);
            Plant(database, Torn(log, at, tear, random));
            // Before that there were only the tables, which are made anew.
            var expected = _acknowledged.FindLast(acknowledged => acknowledged.LogBytes <= at).Content ?? _acknowledged[0].Content;
            var found = await ContentAsync(_torn);
            Assert.True(expected == found, $"{tear} at byte {at}, {at - LogHeaderBytes - (frame * FrameBytes)} into frame {frame}: {found}; expected {expected}");
        }
    }

    [Fact]
    public async Task A_database_that_was_torn_while_the_log_was_copied_into_it_is_made_good_by_the_log()
    {
        var before = await ReadAsync(Database);
        await WriteAsync();
        var log = await ReadAsync(Log);
        Plant(before, log);
        // What the database is to become.
        using (var store = SqliteFixture.Create(_torn)) store.Open();
        var after = await File.ReadAllBytesAsync(Path.Combine(_torn, Database));
        var random = new Random(17);
        for (var number = 0; number < 12; number++)
        {
            var torn = after.ToArray();
            for (var at = 0; at < torn.Length; at += Schema.PageBytes)
            {
                // Each page is new, old or half of both; what had no place in the old file is zeros.
                var written = random.Next(3) switch { 0 => Schema.PageBytes, 1 => 0, _ => random.Next(Schema.PageBytes) };
                for (var i = at + written; i < at + Schema.PageBytes; i++) torn[i] = i < before.Length ? before[i] : (byte)0;
            }

            Plant(torn, log);
            Assert.Equal(_acknowledged[^1].Content, await ContentAsync(_torn));
        }
    }

    [Fact]
    public async Task A_database_of_which_a_part_is_missing_is_reported_and_never_half_of_it_shown()
    {
        await WriteAsync();
        _sqlite.Store.Dispose();
        var whole = await ReadAsync(Database);
        var reported = 0;
        for (var pages = 1; pages < whole.Length / Schema.PageBytes; pages++)
        {
            Plant(whole[..(pages * Schema.PageBytes)], []);
            try
            {
                Assert.Equal(_acknowledged[^1].Content, await ContentAsync(_torn));
            }
            catch (StorageUnavailableException)
            {
                reported++;
            }
        }

        Assert.True(reported > 0);
    }

    public void Dispose()
    {
        _sqlite.Dispose();
        if (Directory.Exists(_torn)) Directory.Delete(_torn, recursive: true);
    }

    private static byte[] Torn(byte[] log, int at, Tear tear, Random random)
    {
        if (tear == Tear.Cut) return log[..at];
        var torn = log.ToArray();
        if (tear == Tear.Zeros) torn.AsSpan(at).Clear();
        else random.NextBytes(torn.AsSpan(at));
        return torn;
    }

    private async Task WriteAsync()
    {
        await NoteAsync();
        for (var number = 0; number < Acts; number++)
        {
            await ActAsync(_sqlite.Store, number);
            await NoteAsync();
        }
    }

    private async Task NoteAsync() => _acknowledged.Add((new FileInfo(Path.Combine(_sqlite.Directory, Log)).Length, await ContentAsync(_sqlite.Store)));

    /// <summary>Does something that is one transaction, in one store after the other.</summary>
    private static async Task ActAsync(SqliteStore store, int number)
    {
        var item = number / 6;
        switch (number % 6)
        {
            case 0:
                var state = new GrainState<List<int>> { State = [.. Enumerable.Range(0, 50 * item)] };
                await States(store).WriteStateAsync("s", Grain(item), state);
                break;
            case 1:
                await new SqliteLedgerStore(store).PutAsync(new LedgerEntry(0, Id(item), LedgerLanes.Scheduled, At(item)));
                break;
            case 2:
                await new SqliteDeadLetterStore(store).PutAsync(0, Letter(item, $"\"{new string('x', 900 * item)} word{item}\""), 0);
                break;
            case 3:
                long? last = item == 0 ? null : item;
                await new SqliteOrderingStore(store).ChangeAsync(_lane, new LaneChange(last, [], [new LaneEntry(item + 1, Id(item))]));
                break;
            case 4:
                var letters = new SqliteDeadLetterStore(store);
                await letters.PutAsync(0, (await letters.GetAsync(Id(item)))! with { Status = LetterStatus.Failed, NextRetryAt = null, ErrorReason = $"failed {item}" }, 1);
                break;
            default:
                if (item % 2 == 0) await new SqliteLedgerStore(store).RemoveAsync(0, Id(item));
                else await new SqliteReminderTable(store).UpsertRow(new ReminderEntry { GrainId = Grain(item), ReminderName = "tick", StartAt = Start.UtcDateTime, Period = TimeSpan.FromMinutes(item) });
                break;
        }
    }

    private static async Task<string> ContentAsync(string directory)
    {
        using var store = SqliteFixture.Create(directory);
        store.Open();
        return await ContentAsync(store);
    }

    /// <summary>All that the stores hold, as text, by every way in which it is found.</summary>
    private static async Task<string> ContentAsync(SqliteStore store)
    {
        var content = new List<string>();
        var letters = new SqliteDeadLetterStore(store);
        for (var item = 0; item <= Acts / 6; item++)
        {
            var state = new GrainState<List<int>>();
            await States(store).ReadStateAsync("s", Grain(item), state);
            content.Add(string.Create(CultureInfo.InvariantCulture, $"{state.RecordExists} {state.ETag} {state.State?.Count}"));
            content.Add(Text(await letters.GetAsync(Id(item))));
            content.Add(JsonSerializer.Serialize(await new SqliteReminderTable(store).ReadRow(Grain(item), "tick")));
            var found = await letters.QueryAsync(new LetterQuery { Filter = new LetterFilter { Text = $"word{item}" } });
            content.Add(string.Join(' ', found.Letters.Select(static letter => letter.MessageId.Value)));
        }

        var ledger = new SqliteLedgerStore(store);
        content.Add(JsonSerializer.Serialize(await ledger.PeekAsync(0)));
        content.Add(JsonSerializer.Serialize(await ledger.CountAsync(0)));
        content.Add(JsonSerializer.Serialize(await letters.StatsAsync()));
        content.Add(JsonSerializer.Serialize(await new SqliteOrderingStore(store).ReadAsync(_lane)));
        return string.Join('\n', content);
    }

    private static SqliteGrainStorage States(SqliteStore store) => new(store, new JsonStorageSerializer());

    private static GrainId Grain(int item) => GrainId.Create("message", item.ToString(CultureInfo.InvariantCulture));

    /// <summary>A file as a crash at this moment would leave it.</summary>
    private async Task<byte[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(Path.Combine(_sqlite.Directory, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private void Plant(byte[] database, byte[] log)
    {
        if (Directory.Exists(_torn)) Directory.Delete(_torn, recursive: true);
        Directory.CreateDirectory(_torn);
        File.WriteAllBytes(Path.Combine(_torn, Database), database);
        if (log.Length > 0) File.WriteAllBytes(Path.Combine(_torn, Log), log);
    }
}
