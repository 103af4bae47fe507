using Orleans.Storage;

namespace DlqCluster.Contract.Tests.GrainState;

/// <summary>What Orleans expects of a grain storage.</summary>
public abstract class GrainStorageContract
{
    private const string Name = "message";

    private static readonly GrainId _grain = GrainId.Create("message", "0b9d2a5e-0000-7000-8000-000000000001");

    protected abstract IGrainStorage Storage { get; }

    [Fact]
    public async Task A_state_that_was_never_written_reads_as_a_fresh_one()
    {
        var state = new GrainState<Sample> { State = new Sample { Text = "stale" }, ETag = "7", RecordExists = true };
        await Storage.ReadStateAsync(Name, _grain, state);
        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal("", state.State!.Text);
    }

    [Fact]
    public async Task What_was_written_is_read()
    {
        var written = await WriteAsync("first");
        Assert.True(written.RecordExists);
        Assert.NotNull(written.ETag);
        var read = await ReadAsync();
        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal("first", read.State!.Text);
    }

    [Fact]
    public async Task Nothing_is_shared_with_the_writer()
    {
        var written = await WriteAsync("first");
        written.State!.Text = "changed in memory";
        Assert.Equal("first", (await ReadAsync()).State!.Text);
    }

    [Fact]
    public async Task Each_write_gives_another_etag()
    {
        var state = await WriteAsync("first");
        var first = state.ETag;
        state.State!.Text = "second";
        await Storage.WriteStateAsync(Name, _grain, state);
        Assert.NotEqual(first, state.ETag);
        Assert.Equal("second", (await ReadAsync()).State!.Text);
    }

    [Fact]
    public async Task A_second_first_write_is_refused_and_changes_nothing()
    {
        var stored = await WriteAsync("first");
        var late = new GrainState<Sample> { State = new Sample { Text = "late" } };
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(Name, _grain, late));
        Assert.Equal(stored.ETag, error.StoredEtag);
        Assert.Null(error.CurrentEtag);
        Assert.Null(late.ETag);
        Assert.Equal("first", (await ReadAsync()).State!.Text);
    }

    [Theory]
    [InlineData("not a number")]
    [InlineData("1")]
    [InlineData("")]
    public async Task A_foreign_etag_is_refused(string etag)
    {
        var stored = await WriteAsync("first");
        var foreign = new GrainState<Sample> { State = new Sample(), ETag = etag + stored.ETag + "x" };
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(Name, _grain, foreign));
        Assert.Equal(stored.ETag, error.StoredEtag);
        Assert.Equal(foreign.ETag, error.CurrentEtag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync(Name, _grain, foreign));
        Assert.True((await ReadAsync()).RecordExists);
    }

    [Fact]
    public async Task A_stale_etag_is_refused()
    {
        var stale = await WriteAsync("first");
        var current = await ReadAsync();
        await Storage.WriteStateAsync(Name, _grain, current);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(Name, _grain, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync(Name, _grain, stale));
        Assert.Equal(current.ETag, (await ReadAsync()).ETag);
    }

    [Fact]
    public async Task Clearing_removes_the_state()
    {
        var state = await WriteAsync("first");
        await Storage.ClearStateAsync(Name, _grain, state);
        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal("", state.State!.Text);
        Assert.False((await ReadAsync()).RecordExists);
    }

    [Fact]
    public async Task Clearing_what_was_never_written_is_nothing()
    {
        var state = new GrainState<Sample> { State = new Sample() };
        await Storage.ClearStateAsync(Name, _grain, state);
        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task An_etag_from_before_a_clear_never_fits_again()
    {
        var old = await WriteAsync("first");
        await Storage.ClearStateAsync(Name, _grain, await ReadAsync());
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(Name, _grain, old));
        await WriteAsync("second");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync(Name, _grain, old));
        Assert.Equal("second", (await ReadAsync()).State!.Text);
    }

    [Fact]
    public async Task States_of_one_grain_and_of_other_grains_are_apart()
    {
        var other = GrainId.Create("message", "0b9d2a5e-0000-7000-8000-000000000002");
        await WriteAsync("first");
        await Storage.WriteStateAsync("other", _grain, new GrainState<Sample> { State = new Sample { Text = "by name" } });
        await Storage.WriteStateAsync(Name, other, new GrainState<Sample> { State = new Sample { Text = "by grain" } });
        Assert.Equal("first", (await ReadAsync()).State!.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public async Task States_of_any_size_are_kept(int length)
    {
        var text = new string('ü', length);
        await WriteAsync(text);
        Assert.Equal(text, (await ReadAsync()).State!.Text);
    }

    [Fact]
    public async Task Of_many_writers_from_one_etag_one_wins()
    {
        await WriteAsync("first");
        var states = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReadAsync()));
        var outcomes = await Task.WhenAll(states.Select(async state =>
        {
            try
            {
                await Storage.WriteStateAsync(Name, _grain, state);
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));
        Assert.Single(outcomes, true);
    }

    private async Task<GrainState<Sample>> WriteAsync(string text)
    {
        var state = new GrainState<Sample> { State = new Sample { Text = text } };
        await Storage.WriteStateAsync(Name, _grain, state);
        return state;
    }

    private async Task<GrainState<Sample>> ReadAsync()
    {
        var state = new GrainState<Sample>();
        await Storage.ReadStateAsync(Name, _grain, state);
        return state;
    }

    public sealed class Sample
    {
        public string Text { get; set; } = "";
    }
}
