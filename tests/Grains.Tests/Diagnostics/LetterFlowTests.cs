using DlqCluster.Diagnostics;

namespace DlqCluster.Grains.Tests.Diagnostics;

/// <summary>Arrival and drain rate, and how long the backlog will last.</summary>
[Trait("Spec", "OB1")]
public sealed class LetterFlowTests
{
    private static readonly DateTimeOffset _start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly LetterFlow _flow = new(TimeSpan.FromMinutes(5));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, double.PositiveInfinity)]
    public void The_first_count_tells_no_rate(long backlog, double toDrain) =>
        Assert.Equal(new LetterRates(0, 0, toDrain), _flow.Note(_start, 100, 90, backlog));

    [Fact]
    public void Rates_are_means_over_the_window()
    {
        _flow.Note(_start, 0, 0, 0);
        var rates = _flow.Note(_start.AddSeconds(100), 300, 100, 200);
        Assert.Equal(new LetterRates(3, 1, double.PositiveInfinity), rates);
    }

    [Fact]
    public void A_backlog_that_shrinks_says_when_it_will_be_gone()
    {
        _flow.Note(_start, 0, 0, 1_000);
        var rates = _flow.Note(_start.AddSeconds(100), 0, 500, 500);
        Assert.Equal(100, rates.SecondsToDrain);
    }

    [Fact]
    public void What_other_silos_settle_counts_for_the_backlog_and_not_for_the_rate()
    {
        _flow.Note(_start, 0, 0, 300);
        Assert.Equal(new LetterRates(0, 0, 50), _flow.Note(_start.AddSeconds(10), 0, 0, 250));
    }

    [Fact]
    public void What_is_older_than_the_window_is_forgotten()
    {
        for (var seconds = 0; seconds <= 600; seconds += 5) _flow.Note(_start.AddSeconds(seconds), seconds < 300 ? 0 : seconds - 300, 0, 0);
        var rates = _flow.Note(_start.AddSeconds(605), 305, 0, 0);
        Assert.Equal(1, rates.Arrivals, 9);
    }

    [Fact]
    public void An_empty_backlog_needs_no_time()
    {
        _flow.Note(_start, 0, 0, 10);
        Assert.Equal(0, _flow.Note(_start.AddSeconds(5), 0, 0, 0).SecondsToDrain);
    }
}
