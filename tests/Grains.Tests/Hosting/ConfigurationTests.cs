using DlqCluster.DeadLetters;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>What is written in configuration is what is in force, and a bad value names itself.</summary>
[Trait("Spec", "OP1")]
public sealed class ConfigurationTests
{
    [Fact]
    public void Without_configuration_the_defaults_are_in_force()
    {
        var dlq = Read<DlqOptions>([]);
        Assert.Equal(5, dlq.ImmediateDelays.Count);
        Assert.Equal(ReplayStrategy.Manual, dlq.StrategyFor(ErrorType.Validation));
        Assert.Equal(3, Read<RetryOptions>([]).MaxRetries);
    }

    [Fact]
    [Trait("Spec", "DQ7")]
    public void Lists_and_times_are_read_and_replace_the_defaults()
    {
        var dlq = Read<DlqOptions>(new()
        {
            ["Dlq:ImmediateDelays:0"] = "00:00:30",
            ["Dlq:OffPeakTimes:0"] = "23:30",
            ["Dlq:TimeZone"] = "Europe/Berlin",
            ["Dlq:DefaultStrategy"] = "offPeak",
        });
        Assert.Equal([TimeSpan.FromSeconds(30)], dlq.ImmediateDelays);
        Assert.Equal([new TimeOnly(23, 30)], dlq.OffPeakTimes);
        Assert.Equal(("Europe/Berlin", ReplayStrategy.OffPeak), (dlq.TimeZone, dlq.DefaultStrategy));
    }

    [Theory]
    [Trait("Spec", "DQ7")]
    [InlineData("TIMEOUT_ERROR")]
    [InlineData("timeout_error")]
    [InlineData("Timeout_Error")]
    public void A_strategy_counts_in_whatever_case_its_error_type_is_written(string name) =>
        Assert.Equal(
            ReplayStrategy.Manual,
            Read<DlqOptions>(new() { [$"Dlq:Strategies:{name}"] = "manual" }).StrategyFor(ErrorType.Timeout));

    [Fact]
    [Trait("Spec", "DQ7")]
    public void A_strategy_that_is_given_replaces_ours_and_leaves_the_others_alone()
    {
        var dlq = Read<DlqOptions>(new() { ["Dlq:Strategies:TIMEOUT_ERROR"] = "offPeak", ["Dlq:DefaultStrategy"] = "manual" });
        Assert.Equal(
            (ReplayStrategy.OffPeak, ReplayStrategy.Immediate, ReplayStrategy.Manual),
            (dlq.StrategyFor(ErrorType.Timeout), dlq.StrategyFor(ErrorType.Server), dlq.StrategyFor(ErrorType.Unknown)));
    }

    [Theory]
    [InlineData("Retry:MaxRetries", "101", "MaxRetries")]
    [InlineData("Retry:MaxRetries", "many", "Retry:MaxRetries")]
    [InlineData("Retry:MaxRetrys", "3", "MaxRetrys")]
    public void A_bad_value_or_a_name_that_does_not_exist_stops_the_start_and_names_itself(string key, string value, string named)
    {
        var error = Assert.ThrowsAny<Exception>(() => Read<RetryOptions>(new() { [key] = value }));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "DE1")]
    public void Without_any_downstream_there_is_a_simulated_default()
    {
        var downstream = Assert.Single(new ConfiguredDownstreams(Configuration([])).All).Value;
        Assert.Equal(("default", DownstreamKind.Simulated), (downstream.Name, downstream.Kind));
    }

    [Fact]
    [Trait("Spec", "DE1")]
    public void Downstreams_are_read_by_name_beside_the_default_or_over_it()
    {
        var all = new ConfiguredDownstreams(Configuration(new()
        {
            ["Downstreams:billing:Kind"] = "http",
            ["Downstreams:billing:Url"] = "https://billing.example/",
            ["Downstreams:billing:Headers:X-Key"] = "k",
            ["Downstreams:billing:Breaker:ConsecutiveFailures"] = "0",
            ["Downstreams:billing:Retry:MaxRetries"] = "9",
            ["Downstreams:billing:RatePerSecond"] = "2.5",
            ["Downstreams:default:MaxConcurrency"] = "3",
        })).All;
        var billing = all["billing"];
        Assert.Equal(
            ("billing", DownstreamKind.Http, "https://billing.example/", "k"),
            (billing.Name, billing.Kind, billing.Url!, billing.Headers["X-Key"]));
        Assert.Equal((0, (int?)9, (double?)2.5), (billing.Breaker.ConsecutiveFailures, billing.Retry!.MaxRetries, billing.RatePerSecond));
        Assert.Equal((2, 3), (all.Count, all["default"].MaxConcurrency));
    }

    [Theory]
    [Trait("Spec", "DE1")]
    [InlineData("Downstreams:billing:Url", "ftp://x", "Downstreams:billing:Url")]
    [InlineData("Downstreams:billing:TimeoutMs", "1", "Downstreams:billing:TimeoutMs")]
    [InlineData("Downstreams:billing:TimeoutMs", "soon", "Downstreams:billing")]
    [InlineData("Downstreams:billing:Timeout", "1", "Timeout")]
    public void A_bad_downstream_stops_the_start_and_names_its_field(string key, string value, string named)
    {
        var values = new Dictionary<string, string?> { ["Downstreams:billing:Kind"] = "http", ["Downstreams:billing:Url"] = "https://a/", [key] = value };
        var error = Assert.Throws<InvalidConfigurationException>(() => new ConfiguredDownstreams(Configuration(values)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static T Read<T>(Dictionary<string, string?> values)
        where T : class
    {
        using var provider = new ServiceCollection().AddDlqGrains(Configuration(values)).BuildServiceProvider();
        return provider.GetRequiredService<IOptions<T>>().Value;
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
