using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Downstreams;

[Trait("Spec", "DE1")]
public sealed class SimulatedSenderTests
{
    private readonly ManualTime _time = new();

    public static TheoryData<string> Tricky => Samples.TrickyPayloads();

    [Theory]
    [MemberData(nameof(Tricky))]
    public async Task A_payload_that_wishes_for_nothing_is_delivered(string payload) =>
        Assert.Equal(AttemptOutcome.Delivered, (await Send(payload)).Outcome);

    [Theory]
    [InlineData("""{"simulateError":false}""")]
    [InlineData("""{"simulateError":"true","failTimes":"3","latencyMs":"9"}""")]
    [InlineData("""{"failTimes":1e400,"latencyMs":-5}""")]
    [InlineData("""{"failTimes":0.5,"latencyMs":99999999999}""")]
    [InlineData("""{"nested":{"simulateError":true}}""")]
    [InlineData("""[{"simulateError":true}]""")]
    public async Task What_is_no_wish_is_none(string payload) => Assert.Equal(AttemptOutcome.Delivered, (await Send(payload)).Outcome);

    [Fact]
    public async Task Deep_nesting_that_configuration_allows_is_no_error()
    {
        var payload = new Payload(System.Text.Encoding.UTF8.GetBytes($$"""{"a":{{Samples.Nested(900)}}}"""));
        Assert.Equal(AttemptOutcome.Delivered, (await Send(Samples.Envelope() with { Payload = payload }, 1)).Outcome);
    }

    [Theory]
    [InlineData("""{"simulateError":true}""", ErrorType.Unknown)]
    [InlineData("""{"simulateError":true,"errorType":"NONSENSE"}""", ErrorType.Unknown)]
    [InlineData("""{"simulateError":true,"errorType":17}""", ErrorType.Unknown)]
    [InlineData("""{"simulateError":true,"errorType":"TIMEOUT_ERROR"}""", ErrorType.Timeout)]
    [InlineData("""{"simulateError":true,"errorType":"NETWORK_ERROR"}""", ErrorType.Network)]
    [InlineData("""{"simulateError":true,"errorType":"RATE_LIMITED"}""", ErrorType.RateLimited)]
    [InlineData("""{"simulateError":true,"errorType":"SERVER_ERROR"}""", ErrorType.Server)]
    [InlineData("""{"simulateError":true,"errorType":"client_error"}""", ErrorType.Client)]
    [InlineData("""{"simulateError":true,"errorType":"VALIDATION_ERROR"}""", ErrorType.Validation)]
    public async Task It_fails_every_attempt_with_the_type_asked_for_transient_or_permanent_as_that_is(string payload, ErrorType type)
    {
        foreach (var attempt in new[] { 1, 2, 100 })
        {
            var result = await Send(payload, attempt);
            Assert.Equal(type, result.ErrorType);
            Assert.Equal(type.IsPermanent() ? AttemptOutcome.PermanentFailure : AttemptOutcome.TransientFailure, result.Outcome);
            Assert.NotEmpty(result.Error!);
        }
    }

    [Fact]
    public async Task It_fails_only_the_first_attempts_when_that_is_asked_for()
    {
        const string payload = """{"failTimes":2,"errorType":"SERVER_ERROR"}""";
        Assert.Equal(ErrorType.Server, (await Send(payload, 1)).ErrorType);
        Assert.Equal(AttemptOutcome.TransientFailure, (await Send(payload, 2)).Outcome);
        Assert.Equal(AttemptOutcome.Delivered, (await Send(payload, 3)).Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    public async Task It_takes_the_time_asked_for(int latencyMs)
    {
        var attempt = Send($$"""{"latencyMs":{{latencyMs}}}""");
        _time.Advance(TimeSpan.FromMilliseconds(latencyMs - 1));
        Assert.False(attempt.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(AttemptOutcome.Delivered, (await attempt).Outcome);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_600_000)]
    [InlineData(int.MaxValue)]
    [Trait("Spec", "DE3")]
    public async Task Longer_than_the_downstreams_timeout_is_a_timeout(int latencyMs)
    {
        var attempt = Send($$"""{"latencyMs":{{latencyMs}}}""");
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(attempt.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((ErrorType.Timeout, AttemptOutcome.TransientFailure), ((await attempt).ErrorType, (await attempt).Outcome));
    }

    [Fact]
    [Trait("Spec", "IN5")]
    public async Task A_message_that_its_owner_does_not_want_any_more_is_let_go_of()
    {
        using var owner = new CancellationTokenSource();
        var attempt = new SimulatedSender(_time).SendAsync(Definition(), FakeDownstream.Message(Samples.Envelope("""{"latencyMs":500}""")), owner.Token);
        owner.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
    }

    private static Downstream Definition() => new() { Name = "default", TimeoutMs = 1_000 };

    private Task<AttemptResult> Send(string payload, int attempt = 1) => Send(Samples.Envelope(payload), attempt);

    private Task<AttemptResult> Send(Envelope envelope, int attempt) =>
        new SimulatedSender(_time).SendAsync(Definition(), FakeDownstream.Message(envelope, attempt), CancellationToken.None);
}
