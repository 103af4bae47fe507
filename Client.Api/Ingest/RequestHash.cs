using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DlqCluster.Downstreams;

namespace DlqCluster.Api.Ingest;

/// <summary>
/// A hash over all that a client said in a message: it tells a repeat from another message under the same key. Two messages have the
/// same hash when every field is the same, however their JSON was laid out; the payload counts byte for byte, and a delay counts as a
/// delay, so that a repeat a second later is still a repeat. The form is stored with messages: changing it breaks their repeats.
/// </summary>
internal static class RequestHash
{
    private const int NumberBytes = 1 + sizeof(long);
    private const int TextOverhead = 1 + sizeof(int);
    private const int Numbers = 9;
    private const int Texts = 6;

    /// <summary>The hash, as 64 hex digits.</summary>
    /// <param name="draft">A valid message.</param>
    public static string Of(MessageDraft draft)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Size(draft));
        try
        {
            var form = new Form(rented);
            form.Bytes(draft.Payload);
            form.Text(draft.Target);
            form.Text(draft.ClientMessageId);
            form.Text(draft.CorrelationId);
            form.Text(draft.Source);
            form.Text(draft.OrderingKey);
            form.Number((int)draft.Priority);
            form.Number(draft.DeliverAt?.UtcTicks);
            form.Number(draft.DelayMs);
            form.Number(draft.ExpiresAt?.UtcTicks);
            Retry(ref form, draft.Retry);
            form.Number(draft.Tags?.Count ?? 0);
            foreach (var tag in draft.Tags ?? []) form.Text(tag);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(form.Written, hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void Retry(ref Form form, RetryOverrides? retry)
    {
        form.Number(retry?.MaxRetries);
        form.Number(retry?.BaseBackoffMs);
        form.Number(retry?.MaxBackoffMs);
        form.Number(retry?.JitterPercent);
    }

    private static int Size(MessageDraft draft)
    {
        var characters = Length(draft.Target) + Length(draft.ClientMessageId) + Length(draft.CorrelationId) + Length(draft.Source) + Length(draft.OrderingKey);
        var texts = Texts;
        foreach (var tag in draft.Tags ?? [])
        {
            characters += tag.Length;
            texts++;
        }

        return (draft.Payload?.Length ?? 0) + Encoding.UTF8.GetMaxByteCount(characters) + (texts * TextOverhead) + (Numbers * NumberBytes);
    }

    private static int Length(string? text) => text?.Length ?? 0;

    // Each value says whether it is there and, where that varies, how long it is, so that no two messages share a form.
    private ref struct Form(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public void Number(long? value)
        {
            _buffer[_length++] = value is null ? (byte)0 : (byte)1;
            if (value is null) return;
            BinaryPrimitives.WriteInt64LittleEndian(_buffer[_length..], value.Value);
            _length += sizeof(long);
        }

        public void Text(string? value)
        {
            _buffer[_length++] = value is null ? (byte)0 : (byte)1;
            if (value is null) return;
            var count = Encoding.UTF8.GetBytes(value, _buffer[(_length + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(_buffer[_length..], count);
            _length += sizeof(int) + count;
        }

        public void Bytes(ReadOnlySpan<byte> value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_buffer[_length..], value.Length);
            value.CopyTo(_buffer[(_length + sizeof(int))..]);
            _length += sizeof(int) + value.Length;
        }
    }
}
