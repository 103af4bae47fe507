using System.Text.Json;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Silo.Logging;
using Microsoft.Extensions.Configuration;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DlqCluster.Api.Tests.Logging;

[Trait("Spec", "OB2")]
public sealed class LogTests
{
    private static readonly EventId _event = new(2001, "LogBrokeOff");
    private static readonly Dictionary<string, object?> _scope = new() { ["messageId"] = "m-1", ["correlationId"] = "c-1", ["downstream"] = "crm", ["attempt"] = 3 };

    [Fact]
    public void Json_is_one_flat_object_a_line_with_what_the_scopes_say()
    {
        var line = Write(new JsonLineFormatter(TimeProvider.System), "Two\nlines", new InvalidOperationException("broken"), ("Level", "mine"), ("attempt", 4));

        Assert.Equal(1, line.Count(static c => c == '\n'));
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal("warning", json.GetProperty("level").GetString());
        Assert.Equal(2001, json.GetProperty("eventId").GetInt32());
        Assert.Equal("BrokeOff", json.GetProperty("event").GetString());
        Assert.Equal("Two\nlines", json.GetProperty("message").GetString());
        Assert.Equal("m-1", json.GetProperty("messageId").GetString());
        Assert.Equal("c-1", json.GetProperty("correlationId").GetString());
        Assert.Equal("crm", json.GetProperty("downstream").GetString());
        Assert.Equal(4, json.GetProperty("attempt").GetInt32());
        Assert.Contains("broken", json.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.Equal(json.EnumerateObject().Count(), json.EnumerateObject().DistinctBy(static member => member.Name).Count());
    }

    [Fact]
    public void Text_is_one_line_that_nobody_can_forge_and_says_which_message()
    {
        var line = Write(new TextLineFormatter(TimeProvider.System), "Message m-1\n2026-01-01 crit: forged", null);

        Assert.Equal(1, line.Count(static c => c == '\n'));
        Assert.Contains(" warn: Some.Category[2001] Message m-1 2026-01-01 crit: forged correlationId=c-1 downstream=crm attempt=3", line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_that_cannot_be_put_into_words_is_named()
    {
        foreach (var line in new[]
        {
            Write(new TextLineFormatter(TimeProvider.System), "It broke", new UnspeakableException()),
            Write(new JsonLineFormatter(TimeProvider.System), "It broke", new UnspeakableException()),
        })
        {
            Assert.Equal(1, line.Count(static c => c == '\n'));
            Assert.Contains("It broke", line, StringComparison.Ordinal);
            Assert.Contains(nameof(UnspeakableException) + ": unspeakable", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_entry_that_cannot_be_put_into_words_breaks_nobody_off_and_leaves_nothing_in_the_next_line()
    {
        var written = new List<string>();
        using var provider = new LimitedLoggerProvider(new Recorder(written), 100, TimeProvider.System);
        var logger = provider.CreateLogger("a");

        logger.Log<string>(LogLevel.Warning, _event, "state", null, static (_, _) => throw new FormatException("no words"));
        logger.Log(LogLevel.Warning, _event, "the next", null, static (text, _) => text);

        Assert.Equal(["(This entry could not be put into words: System.FormatException)", "the next"], written);
    }

    [Fact]
    public void A_line_is_written_whole_or_not_at_all()
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Some.Category", _event, "state", null, static (_, _) => throw new FormatException("no words"));
        Assert.Throws<FormatException>(() => new TextLineFormatter(TimeProvider.System).Write(entry, null, output));
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void A_storm_of_one_kind_is_cut_and_summed_up_and_the_others_are_not()
    {
        var limiter = new LogLimiter(3);
        var storm = new LogKind("a", _event);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => limiter.MayWrite(storm, LogLevel.Error)));
        Assert.True(limiter.MayWrite(new LogKind("a", 7), LogLevel.Error));
        Assert.True(limiter.MayWrite(new LogKind("b", _event), LogLevel.Error));
        Assert.True(limiter.MayWrite(storm, LogLevel.Critical));

        Assert.Equal([(storm, 7)], limiter.EndMinute());
        Assert.Empty(limiter.EndMinute());
        Assert.True(limiter.MayWrite(storm, LogLevel.Error));
    }

    [Fact]
    public void Without_a_limit_everything_is_written()
    {
        var limiter = new LogLimiter(0);
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.True(limiter.MayWrite(new LogKind("a", _event), LogLevel.Error)));
        Assert.Empty(limiter.EndMinute());
    }

    [Fact]
    public void What_was_kept_back_is_said_when_the_program_ends_at_the_latest()
    {
        var written = new List<string>();
        using (var provider = new LimitedLoggerProvider(new Recorder(written), 2, TimeProvider.System))
        {
            var logger = provider.CreateLogger("a");
            for (var i = 0; i < 5; i++) logger.Log(LogLevel.Warning, _event, "it rains", null, static (text, _) => text);
        }

        Assert.Equal(["it rains", "it rains", "3 more of event 2001 (BrokeOff) within a minute were not written (Logging:RateLimit:PerMinute)"], written);
    }

    [Theory]
    [InlineData("Logging:Format", "xml")]
    [InlineData("Logging:RateLimit:PerMinute", "-1")]
    [InlineData("Logging:RateLimit:PerMinute", "1000001")]
    public void A_wrong_setting_names_itself(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        var error = Assert.Throws<InvalidConfigurationException>(() => LogSettings.Read(configuration));
        Assert.Contains($"{key} is '{value}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_program_logs_json_when_it_is_asked_to()
    {
        using var data = new TempDirectory();
        await using var silo = await SiloProcess.StartAsync(data.Path, ("LOG_FORMAT", "json"));
        Assert.Equal(0, await silo.TerminateAsync());

        var lines = silo.Output.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        var opened = Assert.Single(lines, static line => line.TryGetProperty("event", out var name) && name.GetString() == "Opened");
        Assert.Equal("information", opened.GetProperty("level").GetString());
        Assert.EndsWith("Z", opened.GetProperty("time").GetString(), StringComparison.Ordinal);
    }

    private static string Write(Microsoft.Extensions.Logging.Console.ConsoleFormatter formatter, string text, Exception? exception, params (string Name, object Value)[] values)
    {
        var scopes = new LoggerExternalScopeProvider();
        using var outer = scopes.Push(_scope);
        using var output = new StringWriter { NewLine = "\n" };
        KeyValuePair<string, object?>[] state = [.. values.Select(static value => new KeyValuePair<string, object?>(value.Name, value.Value))];
        var entry = new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Warning, "Some.Category", _event, state, exception, (_, _) => text);
        formatter.Write(entry, scopes, output);
        return output.ToString();
    }

    private sealed class UnspeakableException() : Exception("unspeakable")
    {
        public override string ToString() => throw new InvalidOperationException("the stack is being written by somebody else");
    }

    private sealed class Recorder(List<string> written) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            written.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
