using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Hosting;

/// <summary>Limits are where their documentation says.</summary>
[Trait("Spec", "OP1")]
public sealed class OptionsTests
{
    private static readonly Type[] _all =
    [
        typeof(PartitionOptions), typeof(QueueOptions), typeof(IdempotencyOptions), typeof(IngestOptions), typeof(RetryOptions), typeof(DeliveryOptions),
        typeof(LedgerOptions), typeof(DlqOptions),
    ];

    private static readonly Type[] _ranged = [typeof(int), typeof(long), typeof(TimeSpan)];

    public static TheoryData<string, string> Numbers() => new(
        from type in _all
        from property in type.GetProperties()
        where property.GetCustomAttribute<RangeAttribute>() is not null && property.PropertyType != typeof(TimeSpan)
        select (type.Name, property.Name));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Each_number_may_be_at_the_edges_of_its_range_and_not_beyond(string type, string name)
    {
        var property = Property(type, name);
        var range = property.GetCustomAttribute<RangeAttribute>()!;
        var least = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
        var most = Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture);
        foreach (var (value, valid) in new[] { (least, true), (most, true), (least - 1, false), (most + 1, false) })
            Check(property, Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture), valid);
    }

    [Theory]
    [InlineData(nameof(IdempotencyOptions), nameof(IdempotencyOptions.Window), "0.00:00:01", "365.00:00:00")]
    [InlineData(nameof(IngestOptions), nameof(IngestOptions.MaxDelay), "0.00:00:01", "3650.00:00:00")]
    [InlineData(nameof(DlqOptions), nameof(DlqOptions.ConditionalClosedFor), "0.00:00:00", "1.00:00:00")]
    [InlineData(nameof(DlqOptions), nameof(DlqOptions.StuckAfter), "0.00:00:01", "1.00:00:00")]
    public void Each_time_span_may_be_at_the_edges_of_its_documented_range_and_not_beyond(string type, string name, string least, string most)
    {
        var property = Property(type, name);
        var (from, to) = (TimeSpan.Parse(least, CultureInfo.InvariantCulture), TimeSpan.Parse(most, CultureInfo.InvariantCulture));
        foreach (var (value, valid) in new[] { (from, true), (to, true), (from - TimeSpan.FromTicks(1), false), (to + TimeSpan.FromSeconds(1), false) })
            Check(property, value, valid);
    }

    [Fact]
    public void Every_number_and_time_span_has_a_range() => Assert.All(
        _all.SelectMany(type => type.GetProperties()).Where(property => _ranged.Contains(property.PropertyType)),
        property => Assert.True(property.GetCustomAttribute<RangeAttribute>() is not null, $"{property.DeclaringType!.Name}.{property.Name}"));

    [Fact]
    public void The_defaults_are_valid_and_those_of_the_specification()
    {
        Assert.All(_all, type => Assert.Empty(Errors(Make(type))));
        Assert.Equal(
            (3, 1_000, 30_000, 20),
            (new RetryOptions().MaxRetries, new RetryOptions().BaseBackoffMs, new RetryOptions().MaxBackoffMs, new RetryOptions().JitterPercent));
        Assert.Equal(
            (100_000L, 16, TimeSpan.FromHours(24)),
            (new QueueOptions().MaxSize, new PartitionOptions().Count, new IdempotencyOptions().Window));
        var ingest = new IngestOptions();
        Assert.Equal(
            (262_144, 1_000, 8_388_608, TimeSpan.FromDays(30)),
            (ingest.MaxBodyBytes, ingest.MaxBatchMessages, ingest.MaxBatchBytes, ingest.MaxDelay));
        Assert.Equal((250, 10_000), (new DeliveryOptions().LeaseMs, new DeliveryOptions().ShutdownGraceMs));
        var dlq = Letters.Options();
        Assert.Equal(
            (30_000, 10, 5, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)),
            (dlq.PollIntervalMs, dlq.BatchSize, dlq.MaxReplays, dlq.ConditionalClosedFor, dlq.StuckAfter));
        Assert.Equal([1.0, 5, 15, 30, 60], dlq.ImmediateDelays.Select(delay => delay.TotalMinutes));
        Assert.Equal([2, 3, 4], dlq.OffPeakTimes.Select(time => time.Hour));
    }

    [Theory]
    [Trait("Spec", "DQ7")]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("Australia/Lord_Howe", true)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("", false)]
    [InlineData("../etc/passwd", false)]
    public void The_time_zone_is_one_that_exists(string zone, bool valid)
    {
        var options = Letters.Options();
        options.TimeZone = zone;
        Assert.Equal(valid ? [] : ["TimeZone"], Errors(options).SelectMany(error => error.MemberNames));
    }

    [Fact]
    [Trait("Spec", "DQ7")]
    public void A_negative_delay_and_an_error_type_that_does_not_exist_are_named()
    {
        var options = Letters.Options();
        options.ImmediateDelays.Add(TimeSpan.FromTicks(-1));
        options.Strategies["OUT_OF_LUCK"] = ReplayStrategy.Manual;
        var errors = Errors(options);
        Assert.Equal(["ImmediateDelays", "Strategies"], errors.SelectMany(error => error.MemberNames));
        Assert.Contains("OUT_OF_LUCK", errors[1].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "DQ7")]
    public void Every_error_type_has_a_strategy_and_one_that_is_not_named_has_the_default()
    {
        var options = new DlqOptions { DefaultStrategy = ReplayStrategy.OffPeak };
        options.Strategies["server_error"] = ReplayStrategy.Manual;
        Assert.Equal(ReplayStrategy.Manual, options.StrategyFor(ErrorType.Server));
        Assert.All(Enum.GetValues<ErrorType>().Where(type => type != ErrorType.Server), type => Assert.Equal(ReplayStrategy.OffPeak, options.StrategyFor(type)));
    }

    [Fact]
    public void Lists_that_configuration_gives_are_not_added_to()
    {
        var options = new DlqOptions();
        options.ImmediateDelays.Add(TimeSpan.FromSeconds(1));
        options.OffPeakTimes.Add(new TimeOnly(5, 0));
        options.Strategies["TIMEOUT_ERROR"] = ReplayStrategy.Manual;
        DlqDefaults.Fill(options);
        Assert.Equal((1, 1), (options.ImmediateDelays.Count, options.OffPeakTimes.Count));
        Assert.Equal(ReplayStrategy.Manual, options.Strategies["TIMEOUT_ERROR"]);
    }

    private static PropertyInfo Property(string type, string name) => _all.Single(candidate => candidate.Name == type).GetProperty(name)!;

    private static object Make(Type type) => type == typeof(DlqOptions) ? Letters.Options() : Activator.CreateInstance(type)!;

    private static void Check(PropertyInfo property, object value, bool valid)
    {
        var options = Make(property.DeclaringType!);
        property.SetValue(options, value);
        Assert.True(valid == (Errors(options).Length == 0), $"{property.Name} = {value} should be {(valid ? "valid" : "refused")}.");
    }

    private static ValidationResult[] Errors(object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.ToArray();
    }
}
