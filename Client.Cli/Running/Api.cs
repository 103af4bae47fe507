using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DlqCluster.Cli.Running;

/// <summary>
/// Speaks to the service. Answers stay JSON as they came, so that <c>--json</c> passes on everything that a service says, also a newer one.
/// </summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient _http;
    private readonly Connection _connection;

    /// <summary>Makes it.</summary>
    /// <param name="connection">Which service, and as whom.</param>
    /// <param name="timeout">How long an answer may take to begin.</param>
    public Api(Connection connection, TimeSpan timeout)
    {
        _connection = connection;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = timeout,
            // Names and reasons are not only English.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        })
        { BaseAddress = connection.Address, Timeout = timeout };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("dlq", typeof(Api).Assembly.GetName().Version!.ToString(3)));
        _http.DefaultRequestHeaders.TryAddWithoutValidation("X-Operator", connection.Operator);
        if (connection.Key is { } key) _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }

    /// <summary>Asks for something.</summary>
    /// <param name="path">Its path, with the query.</param>
    /// <param name="cancel">Stops waiting.</param>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, cancel);

    /// <summary>Does something.</summary>
    /// <param name="path">Where.</param>
    /// <param name="body">What, as JSON; null for nothing.</param>
    /// <param name="cancel">Stops waiting.</param>
    public Task<JsonElement> PostAsync(string path, string? body, CancellationToken cancel) => SendAsync(HttpMethod.Post, path, body, cancel);

    /// <summary>Sends a request with a JSON body, and reads the JSON that comes back.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path, with the query.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <param name="reason">Why, where the body has no place for it.</param>
    /// <returns>The answer; undefined when it has no body.</returns>
    /// <exception cref="CommandFailure">The service refused, or is not there.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancel, string? reason = null)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await OpenAsync(new HttpRequestMessage(method, path.TrimStart('/')) { Content = content }, reason, cancel);
        return await ReadAsync(response, cancel);
    }

    /// <summary>The JSON of an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsByteArrayAsync(cancel);
        if (text.Length == 0) return default;
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new CommandFailure(ExitCode.Unreachable, $"What answers at {response.RequestMessage?.RequestUri} is not the service: it sent no JSON.");
        }
    }

    /// <summary>Sends a request whose answer is read by the caller.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path, with the query.</param>
    /// <param name="content">The body; null for none.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <param name="accept">Statuses other than 2xx that are answers and not refusals.</param>
    /// <exception cref="CommandFailure">The service refused, or is not there.</exception>
    public Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancel, params HttpStatusCode[] accept) =>
        OpenAsync(new HttpRequestMessage(method, path.TrimStart('/')) { Content = content }, null, cancel, accept);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Whether an error says that the service is away, and not that the user has had enough.</summary>
    /// <param name="error">The error.</param>
    /// <param name="cancel">The user's patience.</param>
    public static bool IsAbsence(Exception error, CancellationToken cancel) =>
        error is HttpRequestException or SocketException or IOException || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, string? reason, CancellationToken cancel, params HttpStatusCode[] accept)
    {
        using var sent = request;
        if (reason is not null) request.Headers.TryAddWithoutValidation("X-Reason", reason);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (Exception error) when (IsAbsence(error, cancel))
        {
            throw new CommandFailure(ExitCode.Unreachable, $"{_connection.Address} cannot be reached: {Innermost(error)}");
        }

        if (response.IsSuccessStatusCode || accept.Contains(response.StatusCode)) return response;
        using (response) throw await RefusalAsync(response, cancel);
    }

    private static string Innermost(Exception error) => error is OperationCanceledException
        ? "it did not answer in time."
        : error.GetBaseException().Message;

    private static async Task<CommandFailure> RefusalAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        var status = (int)response.StatusCode;
        try
        {
            using var json = JsonDocument.Parse(text);
            var problem = json.RootElement;
            var words = problem.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
            words ??= problem.TryGetProperty("title", out var title) ? title.GetString() : null;
            return new CommandFailure(CodeFor(status), $"{words ?? "The service refused it."}{Later(response)}") { Details = Fields(problem), Json = text };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new CommandFailure(CodeFor(status), $"The answer was HTTP {status} {response.ReasonPhrase}.");
        }
    }

    private static List<string> Fields(JsonElement problem)
    {
        if (!problem.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Object) return [];
        return [.. errors.EnumerateObject().SelectMany(field => field.Value.EnumerateArray().Select(error => $"{field.Name} {error.GetString()}"))];
    }

    private static string Later(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta is { } delay
        ? string.Create(CultureInfo.InvariantCulture, $" Try again in {delay.TotalSeconds:0} s.")
        : "";

    private static ExitCode CodeFor(int status) => status switch
    {
        404 => ExitCode.NotFound,
        429 or 502 or 503 or 504 => ExitCode.Unreachable,
        >= 500 => ExitCode.Failed,
        _ => ExitCode.Refused,
    };
}
