using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Tests.OpenApi;

namespace DlqCluster.Api.Tests.Support;

/// <summary>An answer: its status, its headers and its JSON.</summary>
internal sealed record Answer(int Status, HttpResponseHeaders Headers, string? ContentType, string Text)
{
    // Payloads may nest deeper than the reader's own limit.
    public JsonElement Json => JsonDocument.Parse(Text, new JsonDocumentOptions { MaxDepth = 2_000 }).RootElement;

    public JsonElement this[string member] => Json.GetProperty(member);

    public string Id => this["messageId"].GetString()!;

    public string State => this["state"].GetString()!;

    public override string ToString() => $"{Status} {Text}";
}

/// <summary>Speaks to a service as a client does.</summary>
internal sealed class ApiClient(Uri address) : IDisposable
{
    private readonly DocumentedHandler _handler = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1), UseCookies = false });

    public Uri Address => address;

    public HttpClient Http => field ??= new HttpClient(_handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Which operations have answered with which statuses.</summary>
    public IEnumerable<(string Operation, int Status)> Seen => _handler.Seen;

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<Answer> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public Task<Answer> PostAsync(string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, json, headers);

    public Task<Answer> SubmitAsync(string json, params (string Name, string Value)[] headers) => PostAsync("/api/messages", json, headers);

    public Task<Answer> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new Answer((int)response.StatusCode, response.Headers, response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until a message is in a state.</summary>
    public Task<Answer> UntilStateAsync(string id, string state) =>
        Wait.UntilAsync(() => GetAsync("/api/messages/" + id), answer => answer.Status == 200 && answer.State == state, $"message {id} is {state}");

    /// <summary>Hands in three messages of an ordering key, of which the first is dead-lettered, and waits until it holds up the others.</summary>
    /// <param name="target">The downstream, which is made for this unless it is there.</param>
    /// <param name="key">The ordering key.</param>
    /// <returns>The messages, in order.</returns>
    public async Task<string[]> HoldUpAsync(string target, string key)
    {
        Assert.InRange((await PutAsync("/api/downstreams/" + target, """{"kind":"simulated","onDeadLetter":"block"}""")).Status, 200, 201);
        string[] payloads = ["""{"simulateError":true,"errorType":"VALIDATION_ERROR"}""", "{}", "{}"];
        var ids = new string[payloads.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = (await SubmitAsync($$"""{"target":"{{target}}","orderingKey":"{{key}}","payload":{{payloads[i]}}}""")).Is(202).Id;
        await Wait.UntilAsync(
            () => GetAsync($"/api/ordering/lane?target={target}&orderingKey={Uri.EscapeDataString(key)}"),
            lane => lane.Status == 200 && lane["blocked"].GetBoolean(), "the lane is held up");
        return ids;
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }
}

/// <summary>What the tests say about answers.</summary>
internal static class AnswerAssertions
{
    /// <summary>Checks that an answer is a complete problem document.</summary>
    public static Answer IsProblem(this Answer answer, int status, string type)
    {
        Assert.True(answer.Status == status, $"expected {status} {type}, got {answer}");
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal("/problems/" + type, answer["type"].GetString());
        Assert.Equal(status, answer["status"].GetInt32());
        Assert.NotEmpty(answer["title"].GetString()!);
        Assert.NotEmpty(answer["detail"].GetString()!);
        Assert.StartsWith("/", answer["instance"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        if (status == 503) Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero, "503 without Retry-After");
        return answer;
    }

    /// <summary>Checks that an answer names a field as wrong.</summary>
    public static Answer Names(this Answer answer, string field)
    {
        Assert.True(answer["errors"].TryGetProperty(field, out _), $"errors has no '{field}': {answer}");
        return answer;
    }

    /// <summary>Checks an answer's status.</summary>
    public static Answer Is(this Answer answer, int status)
    {
        Assert.True(answer.Status == status, $"expected {status}, got {answer}");
        return answer;
    }
}
