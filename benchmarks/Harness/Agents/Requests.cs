using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>Puts requests together, in a buffer that it uses again and again.</summary>
/// <param name="order">What is to be sent.</param>
internal sealed class Requests(LoadOrder order)
{
    private const int HeadRoom = 256;
    private const int Groups = 1_000;

    private readonly byte[] _text = Encoding.UTF8.GetBytes($"{order.MorePayload},\"text\":\"{new string('x', order.TextBytes)}\"}}");
    private readonly byte[] _members = Encoding.UTF8.GetBytes($"\"{Members(order)}");
    private readonly int _requests = (order.Count + order.PerRequest - 1) / order.PerRequest;
    private readonly byte[] _buffer = new byte[HeadRoom + (order.PerRequest * (order.TextBytes + order.MorePayload.Length + (2 * HeadRoom)))];
    private int _end;

    /// <summary>The request with a number.</summary>
    /// <param name="index">The number.</param>
    /// <param name="due">When it should be sent: the receiver finds it in the payload.</param>
    public ReadOnlyMemory<byte> Render(int index, long due)
    {
        // The headers need the length of the body, so it is written first, behind the room for them.
        _end = HeadRoom;
        var isBatch = order.PerRequest > 1;
        var first = index * order.PerRequest;
        var last = Math.Min(order.Count, first + order.PerRequest);
        if (isBatch) Append("{\"messages\":["u8);
        var deliverAt = DueAt(index, ref due);
        for (var number = first; number < last; number++)
        {
            if (number > first) Append(","u8);
            AppendMessage(number, due, deliverAt);
        }

        if (isBatch) Append("]}"u8);
        var length = _end - HeadRoom;
        _end = 0;
        AppendTarget(index, isBatch);
        Append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "u8);
        Append(length);
        Append("\r\n\r\n"u8);
        var start = HeadRoom - _end;
        _buffer.AsSpan(0, _end).CopyTo(_buffer.AsSpan(start));
        return _buffer.AsMemory(start, _end + length);
    }

    private static string Members(LoadOrder order) => order.Kind switch
    {
        LoadKind.Conversation => ",\"senderId\":\"bench\",\"contentType\":\"application/json\",\"recipientIds\":[\"ann\",\"bob\"]",
        LoadKind.Notification => ",\"channel\":\"email\"",
        _ => ",\"source\":\"bench\"" + (order.Target is { } target ? $",\"target\":\"{target}\"" : ""),
    };

    // Due times and the receiver's clock are brought together here: it reckons from when a message is due, in ticks of the stopwatch.
    private DateTimeOffset? DueAt(int index, ref long due)
    {
        if (order.DeliverAt is not { } from || order.DueOverSeconds == 0) return order.DeliverAt;
        var at = from + TimeSpan.FromSeconds(order.DueOverSeconds * index / _requests);
        due = Stopwatch.GetTimestamp() + (long)((at - DateTimeOffset.UtcNow).TotalSeconds * Stopwatch.Frequency);
        return at;
    }

    private void AppendTarget(int index, bool isBatch)
    {
        switch (order.Kind)
        {
            case LoadKind.Conversation:
                Append("POST /api/conversations/bench-"u8);
                Append(index % Groups);
                Append("/messages"u8);
                break;
            case LoadKind.Notification:
                Append("POST /api/notifications"u8);
                break;
            default:
                Append(isBatch ? "POST /api/messages/batch"u8 : "POST /api/messages"u8);
                break;
        }
    }

    private void AppendMessage(int number, long due, DateTimeOffset? deliverAt)
    {
        Append(order.Kind == LoadKind.Conversation ? "{\"content\":{\"run\":"u8 : "{\"payload\":{\"run\":"u8);
        Append(order.Run);
        Append(",\"n\":"u8);
        Append(number);
        Append(",\"at\":"u8);
        Append(due);
        Append(_text);
        if (deliverAt is { } at)
        {
            Append(",\"deliverAt\":\""u8);
            at.UtcDateTime.TryFormat(_buffer.AsSpan(_end), out var written, "O", CultureInfo.InvariantCulture);
            _end += written;
            Append("\""u8);
        }

        if (order.Kind == LoadKind.Notification)
        {
            Append(",\"recipientId\":\"bench-"u8);
            Append(number % Groups);
            Append("\""u8);
        }

        Append(",\"clientMessageId\":\""u8);
        Append(order.Run);
        Append("-"u8);
        Append(number);
        Append(_members);
        Append("}"u8);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_end));
        _end += text.Length;
    }

    private void Append(long number)
    {
        number.TryFormat(_buffer.AsSpan(_end), out var written, default, CultureInfo.InvariantCulture);
        _end += written;
    }
}
