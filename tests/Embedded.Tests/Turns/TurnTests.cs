namespace DlqCluster.Embedded.Tests.Turns;

public class TurnTests
{
    [Fact]
    public void Requests_run_one_after_another_in_the_order_of_their_arrival() => TestSilo.Run(async (silo, _) =>
    {
        Gate first = new(), second = new();
        var grain = silo.Grain<IPlainGrain>("a");
        var calls = new[] { grain.Step("1", first), grain.Step("2", second), grain.Step("3", first) };
        first.Open();
        second.Open();
        await Task.WhenAll(calls);
        Assert.Equal("1( )1 2( )2 3( )3", silo.Trace.Text);
    });

    [Fact]
    public void A_request_waits_until_the_one_that_awaits_has_ended() => TestSilo.Run(async (silo, time) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        var waiting = grain.Step("1", gate);
        var behind = grain.Step("2", open);
        await time.SettleAsync();
        Assert.Equal("1(", silo.Trace.Text);
        gate.Open();
        await Task.WhenAll(waiting, behind);
        Assert.Equal("1( )1 2( )2", silo.Trace.Text);
    });

    [Fact]
    public void What_always_interleaves_passes_what_runs_and_what_waits() => TestSilo.Run(async (silo, time) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        var held = grain.Step("1", gate);
        var waiting = grain.Step("2", open);
        await grain.Interleave("i", open);
        Assert.Equal("1( i( )i", silo.Trace.Text);
        gate.Open();
        await Task.WhenAll(held, waiting);
    });

    [Fact]
    public void Nothing_waits_for_what_always_interleaves() => TestSilo.Run(async (silo, _) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        var held = grain.Interleave("i", gate);
        await grain.Step("1", open);
        Assert.Equal("i( 1( )1", silo.Trace.Text);
        gate.Open();
        await held;
    });

    [Fact]
    public void What_changes_nothing_interleaves_with_its_like_only() => TestSilo.Run(async (silo, time) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        var reader = grain.Look("r1", gate);
        var writer = grain.Step("w", open);
        await grain.Look("r2", open);
        Assert.Equal("r1( r2( )r2", silo.Trace.Text);
        gate.Open();
        await Task.WhenAll(reader, writer);
        Assert.Equal("r1( r2( )r2 )r1 w( )w", silo.Trace.Text);
    });

    [Fact]
    public void A_reader_waits_for_a_writer_and_readers_go_on_together() => TestSilo.Run(async (silo, time) =>
    {
        Gate writing = new(), one = new(), other = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        var calls = new[] { grain.Step("w1", writing), grain.Look("r1", one), grain.Step("w2", open), grain.Look("r2", other) };
        await time.SettleAsync();
        Assert.Equal("w1(", silo.Trace.Text);
        writing.Open();
        await time.SettleAsync();
        Assert.Equal("w1( )w1 r1( r2(", silo.Trace.Text);
        one.Open();
        other.Open();
        await Task.WhenAll(calls);
        Assert.Equal("w1( )w1 r1( r2( )r1 )r2 w2( )w2", silo.Trace.Text);
    });

    [Fact]
    public void Requests_of_a_reentrant_class_interleave() => TestSilo.Run(async (silo, time) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IReentrantGrain>("a");
        var held = grain.Step("1", gate);
        await grain.Step("2", open);
        Assert.Equal("1( 2( )2", silo.Trace.Text);
        gate.Open();
        await held;
    });

    [Fact]
    public void What_a_grain_does_not_await_goes_on_in_its_turns_and_holds_nobody_up() => TestSilo.Run(async (silo, time) =>
    {
        Gate gate = new(), open = new();
        open.Open();
        var grain = silo.Grain<IPlainGrain>("a");
        await grain.Background("b", gate);
        await grain.Step("1", open);
        Assert.Equal("b( 1( )1", silo.Trace.Text);
        gate.Open();
        await time.SettleAsync();
        Assert.Equal("b( 1( )1 )b", silo.Trace.Text);
        Assert.Equal(2, await grain.Count());
    });

    [Fact]
    public void Nobody_waits_for_a_one_way_call_and_nobody_hears_of_its_failure() => TestSilo.Run(async (silo, time) =>
    {
        var gate = new Gate();
        var grain = silo.Grain<IPlainGrain>("a");
        Assert.True(grain.Tell("1", gate).IsCompletedSuccessfully);
        await time.SettleAsync();
        Assert.Equal("1(", silo.Trace.Text);
        gate.Open();
        await time.SettleAsync();
        Assert.Equal("1( )1", silo.Trace.Text);
        Assert.Contains(silo.Log.Lines, line => line.Contains("ISteps.Tell on plain/a failed", StringComparison.Ordinal));
    });

    [Fact]
    public async Task Turns_of_an_activation_never_run_at_the_same_time()
    {
        using var silo = TestSilo.OnThreads();
        await silo.Runtime.StartAsync(TestContext.Current.CancellationToken);
        var grain = silo.Grain<ITallyGrain>("a");
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => grain.Add(500))));
        Assert.Equal(100_000, await grain.Total());
    }
}
