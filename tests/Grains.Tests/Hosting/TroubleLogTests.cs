using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using Microsoft.Extensions.Logging;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>A trouble that a thousand meet is told a few times.</summary>
public sealed class TroubleLogTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Lines _lines = new();
    private readonly DrainState _drain = new();
    private readonly TroubleLog _troubles;

    public TroubleLogTests() => _troubles = new TroubleLog(_time, _drain, _lines);

    public void Dispose() => _drain.Dispose();

    [Fact]
    public void What_breaks_off_as_the_process_shuts_down_is_no_error()
    {
        _drain.Begin();
        _troubles.Met("Looking", new InvalidOperationException("The silo has stopped."));
        var (level, text, error) = Assert.Single(_lines.All);
        Assert.Equal(LogLevel.Debug, level);
        Assert.Equal("Looking broke off, as the process shuts down: The silo has stopped.", text);
        Assert.Null(error);
    }

    [Fact]
    public void It_is_told_once_when_it_begins_with_the_whole_error()
    {
        for (var i = 0; i < 1_000; i++) _troubles.Met("Looking", new InvalidOperationException("away"));
        var (level, text, error) = Assert.Single(_lines.All);
        Assert.Equal(LogLevel.Error, level);
        Assert.StartsWith("Looking failed.", text, StringComparison.Ordinal);
        Assert.Equal("away", error?.Message);
    }

    [Fact]
    public void While_it_lasts_it_is_told_once_a_minute_with_a_count_and_without_a_stack()
    {
        for (var second = 0; second < 200; second++)
        {
            _troubles.Met("Looking", new InvalidOperationException("away"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(4, _lines.All.Count);
        Assert.Equal("Looking goes on failing: 61 times in 00:01:00. The last time: away", _lines.All[1].Text);
        Assert.All(_lines.All.Skip(1), line => Assert.Null(line.Error));
    }

    [Fact]
    public void It_is_told_once_when_it_is_over_which_one_success_among_failures_does_not_make_it()
    {
        for (var i = 0; i < 100; i++)
        {
            _troubles.Met("Looking", new InvalidOperationException("away"));
            _troubles.Over("Looking");
        }

        Assert.Single(_lines.All);
        _time.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 100; i++) _troubles.Over("Looking");
        Assert.Equal(["Looking works again, after 100 failures in 00:00:00"], _lines.All.Skip(1).Select(line => line.Text));

        _troubles.Met("Looking", new InvalidOperationException("away again"));
        Assert.Equal("away again", _lines.All[2].Error?.Message);
    }

    [Fact]
    public void Troubles_are_apart_and_an_old_one_is_not_gone_on_with()
    {
        _troubles.Met("Looking", new InvalidOperationException("a"));
        _troubles.Met("Asking", new InvalidOperationException("b"));
        _time.Advance(TimeSpan.FromHours(1));
        _troubles.Met("Looking", new InvalidOperationException("c"));
        Assert.Equal(["a", "b", "c"], _lines.All.Select(line => line.Error!.Message));
    }

    private sealed class Lines : ILogger<TroubleLog>
    {
        public List<(LogLevel Level, string Text, Exception? Error)> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add((logLevel, formatter(state, exception), exception));
    }
}
