using System.Globalization;
using System.Text;

namespace DlqCluster.Benchmarks.Agents;

/// <summary>Puts requests together, in a buffer that it uses again and again.</summary>
/// <param name="order">What is to be sent.</param>
internal sealed class Requests(LoadOrder order)
{
    private const int HeadRoom = 256;

    private readonly byte[] _text = Encoding.UTF8.GetBytes($"{order.MorePayload},\"text\":\"{new string('x', order.TextBytes)}\"}}");
    private readonly byte[] _members = Encoding.UTF8.GetBytes($"\",\"source\":\"bench\"{Members(order)}}}");
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
        for (var number = first; number < last; number++)
        {
            if (number > first) Append(","u8);
            AppendMessage(number, due);
        }

        if (isBatch) Append("]}"u8);
        var length = _end - HeadRoom;
        _end = 0;
        Append(isBatch ? "POST /api/messages/batch"u8 : "POST /api/messages"u8);
        Append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "u8);
        Append(length);
        Append("\r\n\r\n"u8);
        var start = HeadRoom - _end;
        _buffer.AsSpan(0, _end).CopyTo(_buffer.AsSpan(start));
        return _buffer.AsMemory(start, _end + length);
    }

    private static string Members(LoadOrder order)
    {
        var members = "";
        if (order.DeliverAt is { } due) members += $",\"deliverAt\":\"{due.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}\"";
        if (order.Target is { } target) members += $",\"target\":\"{target}\"";
        return members;
    }

    private void AppendMessage(int number, long due)
    {
        Append("{\"payload\":{\"run\":"u8);
        Append(order.Run);
        Append(",\"n\":"u8);
        Append(number);
        Append(",\"at\":"u8);
        Append(due);
        Append(_text);
        Append(",\"clientMessageId\":\""u8);
        Append(order.Run);
        Append("-"u8);
        Append(number);
        Append(_members);
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
