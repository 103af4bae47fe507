using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using DlqCluster.Breakers;
using DlqCluster.Downstreams;

namespace DlqCluster.Grains.Tests.Downstreams;

[Trait("Spec", "DE1")]
public sealed class DownstreamRulesTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly Downstream _good = new() { Name = "billing", Kind = DownstreamKind.Http, Url = "https://billing.example/hook" };

    [Fact]
    public void A_good_definition_passes_and_so_does_the_default_one()
    {
        Assert.Empty(DownstreamRules.Validate(_good));
        Assert.Empty(DownstreamRules.Validate(new Downstream { Name = "default" }));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("A-z_0.9", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    public void A_name_has_few_characters(string name, bool valid) => Check("name", valid, _good with { Name = name });

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Check("name", true, _good with { Name = new string('n', 64) });
        Check("name", false, _good with { Name = new string('n', 65) });
    }

    [Theory]
    [InlineData("http://a/", true)]
    [InlineData("HTTPS://a:8443/b?c=d", true)]
    [InlineData("http://[::1]:80/", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("/a", false)]
    [InlineData("ftp://a/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http://user:secret@a/", false)]
    [InlineData("http://", false)]
    public void Kind_http_needs_an_absolute_http_URL_without_credentials(string? url, bool valid) => Check("url", valid, _good with { Url = url });

    [Fact]
    public void Kind_simulated_needs_no_URL_and_another_kind_does_not_exist()
    {
        Check("url", true, _good with { Kind = DownstreamKind.Simulated, Url = null });
        Check("kind", false, _good with { Kind = (DownstreamKind)7 });
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("PUT", true)]
    [InlineData("PATCH", true)]
    [InlineData("GET", false)]
    [InlineData("post", false)]
    [InlineData("", false)]
    public void The_method_carries_a_body(string method, bool valid) => Check("method", valid, _good with { Method = method });

    [Theory]
    [InlineData("X-Key", "value", true)]
    [InlineData("Authorization", "Bearer x", true)]
    [InlineData("Content-Type", "application/vnd.shop+json", true)]
    [InlineData("X-Empty", "", true)]
    [InlineData("", "v", false)]
    [InlineData("X Key", "v", false)]
    [InlineData("X-Key:", "v", false)]
    [InlineData("X-Key", "a\r\nX-Evil: b", false)]
    [InlineData("X-Key", "a\tb", false)]
    [InlineData("X-Key", null, false)]
    [InlineData("X-Key", "schlüssel", false)]
    [InlineData("webhook-id", "v", false)]
    [InlineData("Webhook-Signature", "v", false)]
    [InlineData("webhook-timestamp", "v", false)]
    [InlineData("idempotency-key", "v", false)]
    [InlineData("x-correlation-id", "v", false)]
    [InlineData("X-Attempt", "v", false)]
    [InlineData("traceparent", "v", false)]
    [InlineData("tracestate", "v", false)]
    [InlineData("Host", "v", false)]
    [InlineData("Content-Length", "1", false)]
    [InlineData("Transfer-Encoding", "chunked", false)]
    [InlineData("Connection", "close", false)]
    public void A_header_can_be_sent_as_it_is_and_is_none_of_ours(string name, string? value, bool valid) =>
        Check("headers", valid, _good with { Headers = new Dictionary<string, string> { [name] = value! } });

    [Fact]
    public void Headers_have_limits()
    {
        static Dictionary<string, string> Headers(int count, int length) =>
            Enumerable.Range(0, count).ToDictionary(i => $"X-{i}", _ => new string('v', length));
        Check("headers", true, _good with { Headers = Headers(32, 4_096) });
        Check("headers", false, _good with { Headers = Headers(33, 1) });
        Check("headers", false, _good with { Headers = Headers(1, 4_097) });
    }

    [Fact]
    [Trait("Spec", "DE2")]
    public void At_most_two_secrets_are_valid_at_once_and_each_must_be_one()
    {
        Check("signingSecrets", true, _good with { SigningSecrets = [Secret, Secret] });
        Check("signingSecrets", false, _good with { SigningSecrets = [Secret, Secret, Secret] });
        Check("signingSecrets", false, _good with { SigningSecrets = [Secret, "whsec_no"] });
        Check("signingSecrets", false, _good with { SigningSecrets = [null!] });
    }

    [Fact]
    public void What_is_wrong_with_a_secret_is_said_without_the_secret()
    {
        var errors = DownstreamRules.Validate(_good with { SigningSecrets = ["whsec_geheim"] });
        Assert.DoesNotContain("geheim", string.Join(' ', errors.SelectMany(pair => pair.Value)), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_by_field()
    {
        var errors = DownstreamRules.Validate(new Downstream
        {
            Name = "",
            Kind = DownstreamKind.Http,
            Method = "GET",
            TimeoutMs = 0,
            Breaker = new BreakerSettings { Probes = 0 },
            Retry = new RetryOverrides { MaxRetries = 101 },
        });
        Assert.Equal(
            ["breaker.probes", "method", "name", "retry.maxRetries", "timeoutMs", "url"],
            errors.Keys.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, string> Ranged() => new(
        from part in new[] { typeof(Downstream), typeof(BreakerSettings), typeof(RetryOverrides) }
        from property in part.GetProperties()
        where property.GetCustomAttribute<RangeAttribute>() is not null
        select (part.Name, property.Name));

    [Theory]
    [MemberData(nameof(Ranged))]
    public void Each_number_may_be_at_the_edges_of_its_range_and_not_beyond(string part, string name)
    {
        var type = new[] { typeof(Downstream), typeof(BreakerSettings), typeof(RetryOverrides) }.Single(candidate => candidate.Name == part);
        var property = type.GetProperty(name)!;
        var range = property.GetCustomAttribute<RangeAttribute>()!;
        var least = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
        var most = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        var step = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var beyond = step == typeof(double) ? 0.0001 : 1;
        var field = (part == nameof(Downstream) ? "" : part == nameof(BreakerSettings) ? "breaker." : "retry.") + char.ToLowerInvariant(name[0]) + name[1..];
        Check(field, true, With(type, property, least));
        Check(field, true, With(type, property, most));
        Check(field, false, With(type, property, least - beyond));
        Check(field, false, With(type, property, most + beyond));
    }

    private static Downstream With(Type part, PropertyInfo property, double value)
    {
        var target = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object instance = part == typeof(Downstream) ? _good with { } : Activator.CreateInstance(part)!;
        property.SetValue(instance, Convert.ChangeType(value, target, CultureInfo.InvariantCulture));
        return instance switch
        {
            BreakerSettings breaker => _good with { Breaker = breaker },
            RetryOverrides retry => _good with { Retry = retry },
            _ => (Downstream)instance,
        };
    }

    private static void Check(string field, bool valid, Downstream downstream)
    {
        var errors = DownstreamRules.Validate(downstream);
        Assert.Equal(valid ? [] : [field], errors.Keys);
        Assert.All(errors.Values, list => Assert.All(list, Assert.NotEmpty));
    }
}
