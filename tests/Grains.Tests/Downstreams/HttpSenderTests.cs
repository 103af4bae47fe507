using System.Net.Sockets;
using System.Text;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Messages;
using static DlqCluster.Grains.Tests.Downstreams.FakeDownstream;

namespace DlqCluster.Grains.Tests.Downstreams;

public sealed class HttpSenderTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly string[] _onlyWhereThereIsSomething = ["webhook-signature", "X-Correlation-Id", "traceparent", "tracestate"];

    private readonly FakeDownstream _downstream = new();

    public static TheoryData<string> Tricky => Samples.TrickyPayloads();

    public void Dispose() => _downstream.Dispose();

    [Theory]
    [Trait("Spec", "DE2")]
    [MemberData(nameof(Tricky))]
    public async Task The_body_is_the_payload_byte_for_byte(string payload)
    {
        Assert.Equal(AttemptOutcome.Delivered, (await _downstream.Send(envelope: Samples.Envelope(payload))).Outcome);
        Assert.Equal(Encoding.UTF8.GetBytes(payload), _downstream.Body);
    }

    [Fact]
    [Trait("Spec", "DE2")]
    public async Task It_says_what_the_message_is()
    {
        var envelope = Samples.Envelope() with { CorrelationId = "corr", TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", TraceState = "vendor=1" };
        await _downstream.Send(Definition() with { SigningSecrets = [Secret, Secret], Method = "PUT" }, envelope, attempt: 3);
        Assert.Equal((HttpMethod.Put, "http://billing.example/hook?x=1"), (_downstream.Method, _downstream.Url!.ToString()));
        var headers = _downstream.Headers;
        Assert.Equal(Samples.Id(1).Value, headers["webhook-id"]);
        Assert.Equal(Samples.Id(1).Value, headers["Idempotency-Key"]);
        Assert.Equal(Samples.Start.ToUnixTimeSeconds().ToString(), headers["webhook-timestamp"]);
        Assert.Equal(("3", "corr", "application/json"), (headers["X-Attempt"], headers["X-Correlation-Id"], headers["Content-Type"]));
        Assert.Equal(envelope.TraceParent, headers["traceparent"]);
        Assert.Equal(envelope.TraceState, headers["tracestate"]);
        var signature = DlqCluster.Downstreams.WebhookSignature.Sign([Secret], Samples.Id(1).Value, Samples.Start.ToUnixTimeSeconds(), envelope.Payload.Utf8);
        Assert.Equal($"{signature} {signature}", headers["webhook-signature"]);
    }

    [Fact]
    [Trait("Spec", "DE2")]
    public async Task What_there_is_not_is_not_sent()
    {
        await _downstream.Send();
        Assert.All(_onlyWhereThereIsSomething, name => Assert.DoesNotContain(name, _downstream.Headers.Keys));
    }

    [Fact]
    [Trait("Spec", "DE1")]
    public async Task The_downstreams_own_headers_are_sent_and_those_of_the_content_replace_ours()
    {
        var headers = new Dictionary<string, string>
        {
            ["X-Key"] = "k, 1",
            ["Content-Type"] = "application/vnd.shop+json",
            ["content-language"] = "en",
            ["User-Agent"] = "shop/1",
        };
        await _downstream.Send(Definition() with { Headers = headers });
        Assert.Equal(
            ("k, 1", "application/vnd.shop+json", "en", "shop/1"),
            (_downstream.Headers["X-Key"], _downstream.Headers["Content-Type"], _downstream.Headers["Content-Language"], _downstream.Headers["User-Agent"]));
    }

    [Fact]
    [Trait("Spec", "DE3")]
    public async Task No_answer_in_time_is_a_timeout()
    {
        _downstream.Answer = Silence;
        var attempt = _downstream.Send();
        _downstream.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(attempt.IsCompleted);
        _downstream.Time.Advance(TimeSpan.FromMilliseconds(1));
        var result = await attempt;
        Assert.Equal((AttemptOutcome.TransientFailure, ErrorType.Timeout, null), (result.Outcome, result.ErrorType, result.StatusCode));
        Assert.Equal("No answer within 1000 ms.", result.Error);
    }

    [Fact]
    [Trait("Spec", "IN5")]
    public async Task A_message_that_its_owner_does_not_want_any_more_is_let_go_of()
    {
        using var owner = new CancellationTokenSource();
        _downstream.Answer = Silence;
        var attempt = _downstream.Send(cancellationToken: owner.Token);
        owner.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
    }

    [Fact]
    [Trait("Spec", "DE3")]
    public async Task No_connection_is_a_network_error_and_says_the_innermost_reason()
    {
        _downstream.Answer = _ => throw new HttpRequestException("outer", new SocketException((int)SocketError.ConnectionRefused));
        var refused = await _downstream.Send();
        Assert.Equal((AttemptOutcome.TransientFailure, ErrorType.Network, "outer"), (refused.Outcome, refused.ErrorType, refused.Detail!));
        Assert.Equal(new SocketException((int)SocketError.ConnectionRefused).Message, refused.Error);
        _downstream.Answer = _ => throw new IOException("reset");
        Assert.Equal((ErrorType.Network, "reset"), ((await _downstream.Send()).ErrorType, (await _downstream.Send()).Error!));
    }

    [Theory]
    [Trait("Spec", "DE3")]
    [InlineData("120", 120.0)]
    [InlineData("Sun, 01 Mar 2026 12:01:30 GMT", 90.0)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    public async Task Retry_After_comes_back_with_the_result(string header, double? seconds)
    {
        _downstream.Answer = _ => Status(503, retryAfter: header);
        Assert.Equal(seconds, (await _downstream.Send()).RetryAfter?.TotalSeconds);
    }

    [Theory]
    [Trait("Spec", "DE3")]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_is_a_refusal(int code)
    {
        _downstream.Answer = _ => Status(code);
        Assert.Equal(AttemptOutcome.PermanentFailure, (await _downstream.Send()).Outcome);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, "abc")]
    [InlineData(4_096, "abcdef")]
    public async Task The_answer_to_a_failure_is_read_up_to_the_limit(int limit, string? detail)
    {
        _downstream.Answer = _ => Status(500, new StringContent("abcdef"));
        var result = await _downstream.Sender(limit).SendAsync(Definition(), Message(), CancellationToken.None);
        Assert.Equal((ErrorType.Server, detail), (result.ErrorType, result.Detail));
    }

    [Fact]
    public async Task The_answer_to_a_delivery_is_not_read()
    {
        _downstream.Answer = _ => Status(200, new StreamContent(new BrokenStream()));
        Assert.Equal(AttemptOutcome.Delivered, (await _downstream.Send()).Outcome);
    }

    [Fact]
    [Trait("Spec", "DE3")]
    public async Task A_refusal_stays_a_refusal_when_its_body_breaks_off()
    {
        _downstream.Answer = _ => Status(422, new StreamContent(new BrokenStream()));
        var result = await _downstream.Send();
        Assert.Equal((AttemptOutcome.PermanentFailure, (int?)422), (result.Outcome, result.StatusCode));
    }

    [Fact]
    [Trait("Spec", "DE3")]
    public async Task A_refusal_stays_a_refusal_when_its_body_does_not_come_in_time()
    {
        _downstream.Answer = _ => Status(422, new StreamContent(new EndlessStream()));
        var attempt = _downstream.Send();
        _downstream.Time.Advance(TimeSpan.FromSeconds(1));
        var result = await attempt;
        Assert.Equal((AttemptOutcome.PermanentFailure, (int?)422), (result.Outcome, result.StatusCode));
    }

    private class BrokenStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("The connection was reset.");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("The connection was reset.");

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class EndlessStream : BrokenStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return 0;
        }
    }
}
