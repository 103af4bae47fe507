using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace DlqCluster.Api.Ingest;

/// <summary>
/// A request's whole body as one span: straight from the connection's buffer where it lies there in one piece, which small bodies do, and
/// otherwise copied into a pooled array.
/// </summary>
internal readonly struct RequestBody : IDisposable
{
    private readonly PipeReader? _reader;
    private readonly ReadOnlySequence<byte> _sequence;
    private readonly byte[]? _rented;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> sequence)
    {
        _reader = reader;
        _sequence = sequence;
        if (sequence.IsSingleSegment) return;
        _rented = ArrayPool<byte>.Shared.Rent((int)sequence.Length);
        sequence.CopyTo(_rented);
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _rented is null ? _sequence.FirstSpan : _rented.AsSpan(0, (int)_sequence.Length);

    /// <summary>Whether the body exceeded the limit; then it was not read.</summary>
    public bool IsTooLarge => _reader is null;

    /// <summary>Reads the body of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">The most bytes to accept, whether or not the client announces its length.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit) return default;
        var reader = request.BodyReader;
        var cancellation = request.HttpContext.RequestAborted;
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            if (buffer.Length > limit)
            {
                reader.AdvanceTo(buffer.End);
                return default;
            }

            if (result.IsCompleted || buffer.Length == request.ContentLength) return new RequestBody(reader, buffer);
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _reader?.AdvanceTo(_sequence.End);
    }
}
