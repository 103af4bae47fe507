using System.Text;
using DlqCluster.Downstreams;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;
using Microsoft.Extensions.Options;
using static DlqCluster.Grains.Tests.Downstreams.FakeDownstream;

namespace DlqCluster.Grains.Tests.Downstreams;

/// <summary>What .NET's own HTTP client puts on the wire, down to a connection that ends in memory.</summary>
[Trait("Spec", "DE2")]
public sealed class HttpWireTests
{
    [Fact]
    public async Task A_message_goes_out_as_one_request()
    {
        var (result, wire) = await Send(Samples.Envelope("""{"a":0.10}""") with { CorrelationId = "corr" });
        Assert.Equal(AttemptOutcome.Delivered, result.Outcome);
        Assert.StartsWith("POST /hook?x=1 HTTP/1.1\r\nHost: billing.example\r\n", wire, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n{\"a\":0.10}", wire, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Correlation-Id: corr\r\n", wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bestellung-ß")]
    [InlineData("заказ 17")]
    [InlineData("😀")]
    public async Task No_text_that_a_client_may_give_as_correlation_id_keeps_its_message_from_being_sent(string correlationId) =>
        Assert.Equal(AttemptOutcome.Delivered, (await Send(Samples.Envelope() with { CorrelationId = correlationId })).Result.Outcome);

    [Fact]
    public async Task No_correlation_id_adds_a_header_of_its_own()
    {
        var (_, wire) = await Send(Samples.Envelope() with { CorrelationId = "a\r\nX-Evil: 1" });
        Assert.StartsWith("POST ", wire, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nX-Evil", wire, StringComparison.Ordinal);
    }

    private static async Task<(AttemptResult Result, string Wire)> Send(Envelope envelope)
    {
        var connection = new Connection();
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(connection) };
        using var sender = new HttpSender(new ManualTime(), Options.Create(new DeliveryOptions()), _ => handler);
        var result = await sender.SendAsync(Definition(), Message(envelope), CancellationToken.None);
        return (result, Encoding.UTF8.GetString(connection.Written.ToArray()));
    }

    /// <summary>Answers 204 to whatever is written.</summary>
    private sealed class Connection : Stream
    {
        private readonly MemoryStream _answer = new(Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public MemoryStream Written { get; } = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _asked.Task.WaitAsync(cancellationToken);
            return await _answer.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.Write(buffer.Span);
            _asked.TrySetResult();
            return ValueTask.CompletedTask;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
