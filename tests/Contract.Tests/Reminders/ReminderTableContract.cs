namespace DlqCluster.Contract.Tests.Reminders;

/// <summary>What Orleans expects of a reminder table.</summary>
public abstract class ReminderTableContract
{
    private static readonly DateTime _start = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc).AddTicks(1234567);

    protected abstract IReminderTable Table { get; }

    [Fact]
    public async Task What_was_written_is_read()
    {
        var etag = await Table.UpsertRow(Entry(1, "tick"));
        var row = await Table.ReadRow(Grain(1), "tick");
        Assert.NotNull(row);
        Assert.Equal(Grain(1), row.GrainId);
        Assert.Equal("tick", row.ReminderName);
        Assert.Equal(_start, row.StartAt);
        Assert.Equal(DateTimeKind.Utc, row.StartAt.Kind);
        Assert.Equal(TimeSpan.FromMinutes(1), row.Period);
        Assert.Equal(etag, row.ETag);
    }

    [Fact]
    public async Task What_was_not_written_is_not_there()
    {
        await Table.UpsertRow(Entry(1, "tick"));
        Assert.Null(await Table.ReadRow(Grain(1), "tock"));
        Assert.Null(await Table.ReadRow(Grain(2), "tick"));
        Assert.Empty((await Table.ReadRows(Grain(2))).Reminders);
    }

    [Fact]
    public async Task Writing_again_replaces_and_gives_another_etag()
    {
        var first = await Table.UpsertRow(Entry(1, "tick"));
        var changed = Entry(1, "tick");
        changed.Period = TimeSpan.FromHours(1);
        var second = await Table.UpsertRow(changed);
        Assert.NotEqual(first, second);
        var row = Assert.Single((await Table.ReadRows(Grain(1))).Reminders);
        Assert.Equal(TimeSpan.FromHours(1), row.Period);
        Assert.Equal(second, row.ETag);
    }

    [Fact]
    public async Task A_row_is_removed_only_with_its_etag()
    {
        var old = await Table.UpsertRow(Entry(1, "tick"));
        var etag = await Table.UpsertRow(Entry(1, "tick"));
        Assert.False(await Table.RemoveRow(Grain(1), "tick", old!));
        Assert.False(await Table.RemoveRow(Grain(1), "tick", "nonsense"));
        Assert.False(await Table.RemoveRow(Grain(1), "tock", etag!));
        Assert.NotNull(await Table.ReadRow(Grain(1), "tick"));
        Assert.True(await Table.RemoveRow(Grain(1), "tick", etag!));
        Assert.False(await Table.RemoveRow(Grain(1), "tick", etag!));
        Assert.Null(await Table.ReadRow(Grain(1), "tick"));
    }

    [Fact]
    public async Task All_reminders_of_a_grain_are_read_together()
    {
        await Table.UpsertRow(Entry(1, "b"));
        await Table.UpsertRow(Entry(1, "a"));
        await Table.UpsertRow(Entry(2, "a"));
        Assert.Equal(["a", "b"], (await Table.ReadRows(Grain(1))).Reminders.Select(row => row.ReminderName).Order());
    }

    [Fact]
    public async Task A_range_leaves_out_its_begin_and_holds_its_end()
    {
        var hashes = await FillAsync();
        var rows = await Table.ReadRows(hashes[2], hashes[5]);
        Assert.Equal(hashes[3..6], Hashes(rows));
    }

    [Fact]
    public async Task A_range_goes_around_the_ring()
    {
        var hashes = await FillAsync();
        var rows = await Table.ReadRows(hashes[7], hashes[1]);
        Assert.Equal([.. hashes[..2], .. hashes[8..]], Hashes(rows));
    }

    [Fact]
    public async Task A_range_from_a_point_to_itself_is_the_whole_ring()
    {
        var hashes = await FillAsync();
        Assert.Equal(hashes, Hashes(await Table.ReadRows(hashes[4], hashes[4])));
        Assert.Equal(hashes, Hashes(await Table.ReadRows(0u, 0u)));
        Assert.Equal(hashes, Hashes(await Table.ReadRows(0u, uint.MaxValue)));
    }

    [Fact]
    public async Task Clearing_removes_all()
    {
        await FillAsync();
        await Table.TestOnlyClearTable();
        Assert.Empty((await Table.ReadRows(0u, 0u)).Reminders);
    }

    private static GrainId Grain(int number) => GrainId.Create("ledger", $"{number}");

    private static ReminderEntry Entry(int grain, string name) =>
        new() { GrainId = Grain(grain), ReminderName = name, StartAt = _start, Period = TimeSpan.FromMinutes(1) };

    private static uint[] Hashes(ReminderTableData rows) => [.. rows.Reminders.Select(row => row.GrainId.GetUniformHashCode()).Order()];

    private async Task<uint[]> FillAsync()
    {
        for (var grain = 0; grain < 10; grain++) await Table.UpsertRow(Entry(grain, "tick"));
        return [.. Enumerable.Range(0, 10).Select(grain => Grain(grain).GetUniformHashCode()).Order()];
    }
}
