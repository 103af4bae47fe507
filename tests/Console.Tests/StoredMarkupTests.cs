using System.Text;
using System.Text.Json.Nodes;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Web.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DlqCluster.Web.Tests;

/// <summary>Markup and scripts in everything that people and machines can hand in, as a browser takes them: as text.</summary>
[Trait("Spec", "OP2")]
public sealed class StoredMarkupTests(Browser browser) : IClassFixture<Browser>
{
    private const string Evil = """'"><script>ran=1</script><img src=x onerror=ran=1><svg onload=ran=1><a href=javascript:ran=1>{{7*7}}""";

    // What the page did that it should not have done: run something, or try to.
    private const string Watch = "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective + ' ' + e.blockedURI));";
    private const string Seen = "() => [...refused, ...(window.ran === undefined ? [] : ['it ran']), ...[...document.querySelectorAll('[onerror],[onload],[href^=javascript],script:not([src])')].map(e => e.outerHTML)]";

    private static readonly string _json = JsonValue.Create(Evil).ToJsonString();
    private static readonly (string, string) _operator = ("X-Operator", Evil);

    [Fact]
    public async Task Nothing_that_was_handed_in_runs_on_any_page_that_shows_it()
    {
        await using var host = await Browser.StartAsync();
        var (letter, job) = await FillAsync(host);
        await using var visit = await browser.OpenAsync(host.Api.Address);
        await visit.Page.AddInitScriptAsync(Watch);
        var link = Uri.EscapeDataString(Evil);
        string[] pages =
        [
            $"/messages/{letter}", "/dead-letters", $"/dead-letters?source={link}&q={link}", $"/dead-letters/{letter}", "/groups?by=errorType", "/groups?by=source", $"/replays/{job}", "/breakers",
            "/downstreams", "/audit",
        ];
        foreach (var page in pages)
        {
            await visit.GoAsync(page);
            // Where it is text it can be found as text; and only what is shown can run.
            await Expect(visit.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("onerror=ran=1");
            foreach (var tab in await visit.Page.GetByRole(AriaRole.Tab).AllAsync()) await tab.ClickAsync();
            var history = visit.Button("History");
            while (await history.CountAsync() > 0) await history.First.ClickAsync();
            Assert.Equal([], (await visit.Page.EvaluateAsync<string[]>(Seen)).Select(seen => $"{page}: {seen}"));
        }

        await visit.GoAsync($"/dead-letters/{letter}");
        await visit.Button("Edit and replay").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Dialog).GetByLabel("Payload")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("onerror=ran=1"));
        var seen = await visit.Page.EvaluateAsync<string[]>(Seen);
        Assert.Equal([], seen.Concat(visit.Troubles));
    }

    [Fact]
    public async Task A_page_that_would_run_it_is_kept_from_it_by_its_policy()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address);
        await visit.Page.EvaluateAsync(Watch);

        await visit.Page.EvaluateAsync("evil => { document.querySelector('main').innerHTML = evil; }", Evil);
        await visit.Page.WaitForFunctionAsync("() => refused.length >= 2");

        Assert.True(await visit.Page.EvaluateAsync<bool>("() => window.ran === undefined"));
    }

    /// <summary>Puts it wherever it can be put.</summary>
    private static async Task<(string Letter, string Job)> FillAsync(ApiHost host)
    {
        var message = $$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR",{{_json}}:{{_json}}},"source":{{_json}},"correlationId":{{_json}},"tags":[{{_json}}]}""";
        var id = (await host.Api.SubmitAsync(message)).Is(202).Id;
        await host.Api.UntilStateAsync(id, "deadLettered");
        await ImportAsync(host, JsonNode.Parse((await host.Api.GetAsync("/api/dlq/export")).Is(200).Text)!.AsObject());
        (await host.Api.PostAsync($"/api/dlq/{id}/notes", $$"""{"text":{{_json}}}""", _operator)).Is(200);
        (await host.Api.SendAsync(HttpMethod.Patch, "/api/dlq/groups?by=errorType&name=CLIENT_ERROR", $$"""{"owner":{{_json}},"note":{{_json}}}""", _operator)).Is(200);
        (await host.Api.PostAsync("/admin/circuit-breaker/force-open?name=default", $$"""{"reason":{{_json}}}""", _operator)).Is(200);
        var headers = new JsonObject { ["X-Evil"] = Evil };
        (await host.Api.PutAsync("/api/downstreams/evil", $$"""{"kind":"http","url":"https://shop.example/?{{Evil.Replace("\"", "", StringComparison.Ordinal)}}","headers":{{headers.ToJsonString()}}}""")).Is(201);
        (await host.Api.PutAsync("/api/downstreams/" + Uri.EscapeDataString(Evil), """{"kind":"simulated"}""")).Is(400);
        var job = (await host.Api.PostAsync("/api/dlq/replay-batch", $$"""{"filter":{},"reason":{{_json}}}""", _operator)).Is(202)["jobId"].GetString()!;
        return (id, job);
    }

    private static async Task ImportAsync(ApiHost host, JsonObject letter)
    {
        letter["messageId"] = "0199aaaa-0000-7000-8000-000000000001";
        (letter["errorReason"], letter["errorStack"]) = (Evil, Evil);
        using var content = new StringContent(letter.ToJsonString(), Encoding.UTF8, "application/x-ndjson");
        Assert.Equal(1, (await host.Api.SendAsync(HttpMethod.Post, "/api/dlq/import", content, _operator)).Is(200)["imported"].GetInt64());
    }
}
