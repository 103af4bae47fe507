using System.Globalization;
using System.Net.Mime;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;

namespace DlqCluster.Api.Json;

/// <summary>
/// The 202 of a submit. It is the answer that the service gives most often by far, always of the same few fields, so it is written by hand.
/// </summary>
/// <param name="answer">What it says.</param>
internal sealed class SubmitAccepted(SubmitAnswer answer) : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult, IValueHttpResult
{
    private const string LocationPrefix = "/api/messages/";

    // All the names and marks, a UUID, the longest state and a time.
    private const int MaxLength = 192;

    /// <inheritdoc/>
    public int? StatusCode => StatusCodes.Status202Accepted;

    /// <inheritdoc/>
    public object? Value => answer;

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status202Accepted, typeof(SubmitAnswer), [MediaTypeNames.Application.Json]));

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = MediaTypeNames.Application.Json;
        response.Headers.Location = LocationPrefix + answer.MessageId.Value;
        var writer = response.BodyWriter;
        var length = Write(writer.GetSpan(MaxLength));
        response.ContentLength = length;
        writer.Advance(length);
        return Task.CompletedTask;
    }

    /// <summary>Writes the JSON.</summary>
    /// <param name="span">Where to.</param>
    /// <returns>How many bytes it took.</returns>
    internal int Write(Span<byte> span)
    {
        var length = Append(span, 0, "{\"messageId\":\""u8);
        length += Encoding.UTF8.GetBytes(answer.MessageId.Value, span[length..]);
        length = Append(span, length, "\",\"state\":\""u8);
        length += Encoding.UTF8.GetBytes(JsonNames.Of<Messages.MessageState>(answer.State), span[length..]);
        length = Append(span, length, "\",\"acceptedAt\":\""u8);
        answer.AcceptedAt.UtcDateTime.TryFormat(span[length..], out var written, UtcTimeConverter.Format, CultureInfo.InvariantCulture);
        return Append(span, length + written, answer.IdempotentHit ? "\",\"idempotentHit\":true}"u8 : "\",\"idempotentHit\":false}"u8);
    }

    private static int Append(Span<byte> span, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(span[at..]);
        return at + text.Length;
    }
}
