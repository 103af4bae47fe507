using System.Net.Http.Headers;
using System.Text;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Storage;

namespace DlqCluster.Api.Tests.OpenApi;

/// <summary>Brings about, one after the other, the answers that the API document names.</summary>
internal static class Provocations
{
    private const string Unknown = "01a20116-5519-70ea-ac93-15dc670728b9";
    private const string Nowhere = "nowhere";
    private const string Reason = """{"reason":"r"}""";
    private const string Failing = """{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"source":"web"}""";
    private const string Submit = "/api/messages";
    private const string Batch = "/api/dlq/replay-batch";

    /// <summary>What every operation does, and what no service is in the way of.</summary>
    public static async Task ServeAsync(ApiHost host)
    {
        var api = host.Api;
        (await api.PutAsync("/api/downstreams/shop", """{"kind":"simulated"}""")).Is(201);
        var letter = await DeadLetterAsync(api);
        await AskForTheExamplesAsync(api, letter);
        await BeRefusedAsUsualAsync(api);
        await BeRefusedForWhatIsMeantAsync(api, letter);
        await BeRefusedForTheStateAsync(host);
        await ReplayAsync(api);
        await WaitInLineAsync(api);
        await RemoveAsync(api);
    }

    /// <summary>What a service answers whose stores are gone: it cannot do what it should, and says so.</summary>
    /// <param name="api">The service.</param>
    /// <param name="next">Takes more away from it; false when there is nothing left to take.</param>
    public static async Task FailAsync(ApiClient api, Func<bool> next)
    {
        // Some need a store, some only a grain; and what all processes know is looked up only where the name is new.
        await FailAsync(api);
        while (next())
        {
            // A look-up holds for a moment: what the last one found must not answer any more.
            await Wait.UntilAsync(() => api.GetAsync($"/api/downstreams/{Nowhere}"), answer => answer.Status == 503, "the last look-up is forgotten");
            await FailAsync(api);
        }
    }

    private static async Task FailAsync(ApiClient api)
    {
        foreach (var operation in Document.Kept.Operations.Where(operation => operation.Statuses.Contains(503)))
        {
            foreach (var name in new[] { "default", Nowhere })
            {
                var (path, body) = operation.Request(Unknown, name);
                await api.SendAsync(new HttpMethod(operation.Method), path, body);
            }
        }
    }

    private static async Task<string> DeadLetterAsync(ApiClient api)
    {
        var sent = (await api.SubmitAsync(Failing)).Is(202);
        await api.UntilStateAsync(sent.Id, "deadLettered");
        return sent.Id;
    }

    private static async Task AskForTheExamplesAsync(ApiClient api, string letter)
    {
        // What destroys comes last.
        foreach (var operation in Document.Kept.Operations.Where(operation => !operation.IsStream).OrderBy(operation => operation.Method == "DELETE"))
        {
            var (path, body) = operation.Request(letter);
            await api.SendAsync(new HttpMethod(operation.Method), path, body);
        }
    }

    private static async Task BeRefusedAsUsualAsync(ApiClient api)
    {
        var slow = (await api.PostAsync("/api/keys", """{"name":"slow","role":"admin","requestsPerMinute":1}""")).Is(201)["key"].GetString()!;
        (await api.PostAsync("/api/session", null, ("X-Api-Key", slow))).Is(200);
        foreach (var operation in Document.Kept.Operations)
        {
            var method = new HttpMethod(operation.Method);
            var path = operation.Request(Unknown).Path;
            foreach (var status in operation.Statuses)
            {
                var answer = status switch
                {
                    400 when operation.TakesJson => api.SendAsync(method, path, """{"colour":"red"}"""),
                    400 when operation.TakesBody => api.SendAsync(method, WithColour(path), Text("", "application/x-ndjson")),
                    400 => api.SendAsync(method, WithColour(path)),
                    401 => api.SendAsync(method, path, headers: ("Authorization", "Bearer nonsense")),
                    403 => api.SendAsync(method, path, headers: ("Origin", "https://evil.example")),
                    404 when operation.Path.StartsWith("/admin/", StringComparison.Ordinal) => api.SendAsync(method, $"{operation.Path}?name={Nowhere}", Reason),
                    404 => api.SendAsync(method, operation.Request(Unknown, Nowhere).Path, operation.Request(Unknown).Body),
                    413 => api.SendAsync(method, path, Text(new string(' ', operation.Path == Submit + "/batch" ? 9 << 20 : 300_000), "application/json")),
                    415 => api.SendAsync(method, path, Text("x", "text/plain")),
                    429 => AskTwiceAsync(() => api.SendAsync(HttpMethod.Get, "/api/me", headers: ("X-Api-Key", slow)), () => api.SendAsync(method, path, headers: ("X-Api-Key", slow))),
                    _ => null,
                };
                if (answer is not null) await answer;
            }
        }
    }

    // The first takes what a slow machine's minute may have given.
    private static async Task<Answer> AskTwiceAsync(Func<Task<Answer>> first, Func<Task<Answer>> second)
    {
        await first();
        return await second();
    }

    // What is asked for can be read, but nobody can do it.
    private static async Task BeRefusedForWhatIsMeantAsync(ApiClient api, string letter)
    {
        await api.GetAsync("/api/recipients/%20/preferences");
        await api.SubmitAsync("""{"payload":1,"target":"nowhere"}""");
        await api.PostAsync(Submit + "/batch", """{"messages":[{"payload":1},{"payload":1,"target":"nowhere"}]}""");
        await api.PostAsync($"/api/dlq/{letter}/replay", """{"target":"nowhere"}""");
        await api.PostAsync($"/api/dlq/{Unknown}/replay");
        await api.SendAsync(HttpMethod.Patch, "/api/dlq/groups?by=source&name=web", """{"owner":"ann"}""");
        foreach (var content in new[] { "one", "another" })
            await api.PostAsync("/api/conversations/c/messages", $$"""{"senderId":"ann","content":"{{content}}","recipientIds":["bob"],"clientMessageId":"twice"}""");
        foreach (var content in new[] { "one", "another" })
            await api.PostAsync("/api/notifications", $$"""{"recipientId":"bob","channel":"email","payload":"{{content}}","clientMessageId":"twice"}""");
        var said = (await api.PostAsync("/api/conversations/c/messages", """{"senderId":"ann","content":"x","recipientIds":["bob"]}""")).Is(202).Id;
        await api.PostAsync($"{Submit}/{said}/receipts", """{"userId":"bob","state":"read"}""");
        await api.PostAsync($"{Submit}/{said}/receipts", """{"userId":"cleo","state":"read"}""");
        await api.GetAsync($"{Submit}/{said}/receipts");
    }

    private static async Task BeRefusedForTheStateAsync(ApiHost host)
    {
        var api = host.Api;
        var letter = await DeadLetterAsync(api);
        foreach (var status in new[] { 201, 200 }) (await api.PutAsync("/api/downstreams/shop", """{"kind":"simulated"}""")).Is(status);
        await api.PostAsync($"/api/dlq/{letter}/discard", Reason);
        await api.PostAsync($"/api/dlq/{letter}/discard", Reason);
        await api.PostAsync($"/api/dlq/{letter}/replay");
        await api.PostAsync($"/api/dlq/{letter}/restore", Reason);
        await api.PostAsync($"/api/dlq/{letter}/restore", Reason);
        await api.DeleteAsync($"{Submit}/{letter}");
        await api.PostAsync("/api/keys", """{"name":"slow","role":"read"}""");
        // The copy is another's until it is disposed of.
        using (await host.Get<IDataSnapshots>().TakeAsync()) await api.PostAsync("/admin/backup");
        using var watching = await api.Http.GetAsync(new Uri("/api/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await api.GetAsync("/api/events");
    }

    private static async Task ReplayAsync(ApiClient api)
    {
        (await api.PostAsync("/admin/delivery/pause?name=default")).Is(200);
        var job = (await api.PostAsync(Batch, """{"filter":{}}""")).Is(202)["jobId"].GetString()!;
        await api.PostAsync(Batch, """{"filter":{}}""");
        await api.GetAsync("/api/replays/" + job);
        foreach (var order in new[] { "pause", "resume", "cancel" }) await api.PostAsync($"/api/replays/{job}/{order}", Reason);
        await Wait.UntilAsync(() => api.GetAsync("/api/replays/" + job), view => view.State == "cancelled", "the job is cancelled");
        foreach (var order in new[] { "pause", "resume", "cancel" }) await api.PostAsync($"/api/replays/{job}/{order}", Reason);
        (await api.PostAsync("/admin/delivery/resume?name=default")).Is(200);
        await api.PostAsync($"/api/dlq/{await DeadLetterAsync(api)}/replay");
    }

    private static async Task WaitInLineAsync(ApiClient api)
    {
        (await api.PutAsync("/api/downstreams/line", """{"kind":"simulated","onDeadLetter":"block"}""")).Is(201);
        foreach (var act in new[] { "skip", "unblock" })
        {
            var lane = $"target=line&orderingKey={act}";
            var head = (await api.SubmitAsync($$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"target":"line","orderingKey":"{{act}}"}""")).Is(202).Id;
            await api.UntilStateAsync(head, "deadLettered");
            await Wait.UntilAsync(() => api.GetAsync("/api/ordering/lane?" + lane), view => view.Status == 200, "the lane is held up");
            await api.PostAsync($"/api/ordering/lane/{act}?{lane}", act == "skip" ? $$"""{"messageId":"{{head}}","reason":"r"}""" : Reason);
            await api.PostAsync($"/api/ordering/lane/{act}?{lane}", act == "skip" ? $$"""{"messageId":"{{head}}","reason":"r"}""" : Reason);
        }
    }

    private static async Task RemoveAsync(ApiClient api)
    {
        (await api.PutAsync("/api/downstreams/one-too-many", """{"kind":"simulated"}""")).IsProblem(409, "too-many-downstreams");
        await api.DeleteAsync($"{Submit}/{(await api.SubmitAsync("""{"payload":1,"delayMs":600000}""")).Is(202).Id}");
        var key = (await api.GetAsync("/api/keys"))["data"][0].GetProperty("id").GetString();
        await api.DeleteAsync("/api/keys/" + key);
        foreach (var name in new[] { "shop", "default" }) await api.SendAsync(HttpMethod.Delete, "/api/downstreams/" + name, Reason);
    }

    private static string WithColour(string path) => $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}colour=red";

    private static StringContent Text(string text, string mediaType) => new(text, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
}
