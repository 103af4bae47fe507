using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using DlqCluster.Api.Json;

namespace DlqCluster.Api.Problems;

/// <summary>A problem document (RFC 9457) as it is sent.</summary>
/// <param name="Type">Which kind of problem, a stable relative reference.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">This problem in words, and what to do about it.</param>
/// <param name="Instance">The path that was asked for; null inside a batch.</param>
/// <param name="Errors">What is wrong, field by field.</param>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    string? Instance,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, string[]>? Errors);

/// <summary>The answer to a request that is refused. <see cref="Problem"/> makes them.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="type">The last part of the problem's type.</param>
/// <param name="title">The kind of problem in words.</param>
/// <param name="detail">This problem in words.</param>
internal sealed class ApiProblem(int status, string type, string title, string detail) : IResult, IStatusCodeHttpResult, IContentTypeHttpResult
{
    /// <summary>What all problem types begin with.</summary>
    public const string TypePrefix = "/problems/";

    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The last part of the problem's type.</summary>
    public string Type => type;

    /// <summary>The kind of problem in words.</summary>
    public string Title => title;

    /// <summary>This problem in words.</summary>
    public string Detail => detail;

    /// <summary>What is wrong, field by field.</summary>
    public FieldErrors? Errors { get; init; }

    /// <summary>When it is worth trying again.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>How to authenticate.</summary>
    public string? Authenticate { get; init; }

    /// <inheritdoc/>
    int? IStatusCodeHttpResult.StatusCode => status;

    /// <inheritdoc/>
    string? IContentTypeHttpResult.ContentType => MediaTypeNames.Application.ProblemJson;

    /// <summary>The document.</summary>
    /// <param name="instance">The path that was asked for.</param>
    public ProblemDocument ToDocument(string? instance) => new(TypePrefix + type, title, status, detail, instance, Errors?.ByField);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = MediaTypeNames.Application.ProblemJson;
        if (RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (Authenticate is not null) response.Headers.WWWAuthenticate = Authenticate;
        var body = JsonSerializer.SerializeToUtf8Bytes(ToDocument(httpContext.Request.Path.Value), ApiJson.Context.ProblemDocument);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}
