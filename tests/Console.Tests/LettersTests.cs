using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Web.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DlqCluster.Web.Tests;

/// <summary>A failed message from its arrival to its resolution, as a person sees it.</summary>
[Trait("Spec", "UI1")]
public sealed partial class LettersTests(Browser browser) : IClassFixture<Browser>
{
    private const string Failing = """{"payload":{"order":17,"simulateError":true,"errorType":"VALIDATION_ERROR"},"source":"web","tags":["eu"],"correlationId":"cart-9"}""";

    // Each row tells its age once when it is drawn, and again as time goes by, which it does not here.
    private const string CountDrawn = """
        const format = Intl.RelativeTimeFormat.prototype.format;
        Intl.RelativeTimeFormat.prototype.format = function (...values) { window.drawn++; return format.apply(this, values); };
        window.setInterval = () => 0;
        """;

    [Fact]
    public async Task A_failed_message_arrives_without_a_reload_is_edited_replayed_and_seen_resolved()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters");
        await Expect(visit.Page.Locator("[data-link=live]")).ToBeVisibleAsync();
        await Expect(visit.Text("No dead letters")).ToBeVisibleAsync();

        var id = (await host.Api.SubmitAsync(Failing)).Is(202).Id;
        await visit.Page.GetByTitle(id).ClickAsync();
        await Expect(visit.Text("Needs a person")).ToBeVisibleAsync();
        await visit.Button("Edit and replay").ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Payload").FillAsync("""{"order":17,"country":"DE"}""");
        await Expect(dialog.GetByLabel("What the edit changes")).ToContainTextAsync("+   \"country\": \"DE\"");
        await dialog.GetByLabel("Reason").FillAsync("The country was added.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Replay the letter" }).ClickAsync();

        await Expect(visit.Page.GetByRole(AriaRole.Main).GetByText("Resolved").First).ToBeVisibleAsync();
        await Expect(visit.Page.Locator(".timeline").Last).ToContainTextAsync("The country was added.");
        Assert.Equal("dlq_resolved", (await host.Api.GetAsync("/api/dlq/" + id))["status"].GetString());
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task The_address_holds_the_filter_so_that_a_view_can_be_shared()
    {
        await using var host = await Browser.StartAsync();
        await SubmitAsync(host, Failing, Failing.Replace("VALIDATION", "CLIENT", StringComparison.Ordinal));
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters?errorType=CLIENT_ERROR&sort=target");

        await Expect(visit.Page.GetByRole(AriaRole.Main).GetByText("1 letter: errorType CLIENT_ERROR")).ToBeVisibleAsync();
        await visit.Page.GetByLabel("Words or correlation id").FillAsync("nonsense");
        await Expect(visit.Text("No letter matches")).ToBeVisibleAsync();

        await Expect(visit.Page).ToHaveURLAsync(Nonsense());
        await visit.Button("Clear").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Main).GetByText("2 letters", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Columns_are_chosen_and_a_view_is_kept_for_the_next_time()
    {
        await using var host = await Browser.StartAsync();
        await SubmitAsync(host, Failing);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters?errorType=VALIDATION_ERROR");
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await visit.Button("Columns").ClickAsync();
        await dialog.GetByLabel("Correlation id").CheckAsync();
        Assert.Equal([], await visit.ViolationsAsync());
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(visit.Page.GetByRole(AriaRole.Cell, new() { Name = "cart-9" })).ToBeVisibleAsync();

        await visit.Button("Views").ClickAsync();
        await dialog.GetByLabel("Name of this view").FillAsync("Invalid ones");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.Equal([], await visit.ViolationsAsync());
        await visit.GoAsync("/dead-letters");
        await visit.Button("Views").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Invalid ones", Exact = true }).ClickAsync();

        await Expect(visit.Page).ToHaveURLAsync(new Regex("errorType=VALIDATION_ERROR"));
        await Expect(visit.Page.GetByRole(AriaRole.Cell, new() { Name = "cart-9" })).ToBeVisibleAsync();
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task Many_are_discarded_only_with_a_reason_and_after_the_number_was_told()
    {
        await using var host = await Browser.StartAsync();
        await SubmitAsync(host, Failing, Failing, Failing);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters");

        await visit.Page.GetByLabel("Select all that are shown").CheckAsync();
        await visit.Button("Discard").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Discard 3 letters?");
        await visit.ConfirmAsync("Discard 3", "They were tests.");

        await Wait.UntilAsync(() => host.Api.GetAsync("/api/dlq?status=dlq_resolved"), answer => answer["total"].GetInt64() == 3, "three are settled");
        var audit = await host.Api.GetAsync("/api/audit?act=letter.discard");
        Assert.Equal("They were tests.", audit["data"][0].GetProperty("reason").GetString());

        await Expect(visit.Page.GetByRole(AriaRole.Cell).GetByText("Discarded")).ToHaveCountAsync(3);
        await visit.Page.Locator(".grid .body a").First.ClickAsync();
        await visit.Button("Take back").ClickAsync();
        await visit.ConfirmAsync("Take it back", "One was none.");
        await Expect(visit.Text("Needs a person")).ToBeVisibleAsync();
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task Many_are_replayed_after_a_dry_run_and_a_reason_and_their_progress_is_seen()
    {
        await using var host = await Browser.StartAsync();
        await SubmitAsync(host, [.. Enumerable.Repeat(Failing, 4)]);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters?errorType=VALIDATION_ERROR");

        await visit.Button("Replay these").ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByTestId("matched")).ToHaveTextAsync("4");
        await dialog.GetByLabel("Begin slowly, and stop by itself when too many fail again").UncheckAsync();
        await visit.ConfirmAsync("Replay 4 letters", "The shop is back.");

        await Expect(visit.Page.GetByRole(AriaRole.Progressbar).First).ToHaveAttributeAsync("aria-valuenow", "100", new() { Timeout = 20_000 });
        await Expect(visit.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("Completed");
        await Expect(visit.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("The shop is back.");
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task A_scroll_draws_the_rows_that_it_brings_and_no_others()
    {
        await using var host = await Browser.StartAsync();
        await ImportAsync(host, 400);
        await using var visit = await browser.OpenAsync(host.Api.Address);
        await visit.Page.AddInitScriptAsync(CountDrawn);
        await visit.GoAsync("/dead-letters");
        var rows = visit.Page.Locator(".grid .body [role=row]");
        await Expect(rows.First).ToBeVisibleAsync();
        await visit.Page.EvaluateAsync("() => { window.drawn = 0; }");

        for (var row = 10; row <= 90; row += 10)
        {
            await visit.Page.EvaluateAsync("row => { document.querySelector('.grid').scrollTop = row * 48; }", row);
            await Expect(visit.Page.Locator($".grid .body [aria-rowindex='{row + 1}']")).ToBeVisibleAsync();
        }

        // Those in between, and a few more on either side of what is seen.
        Assert.InRange(await visit.Page.EvaluateAsync<int>("() => window.drawn"), 80, 110);
        Assert.InRange(await rows.CountAsync(), 10, 40);
    }

    private static async Task ImportAsync(ApiHost host, int count)
    {
        await SubmitAsync(host, Failing);
        var letter = JsonNode.Parse((await host.Api.GetAsync("/api/dlq/export")).Is(200).Text)!.AsObject();
        var lines = Enumerable.Range(0, count).Select(i =>
        {
            letter["messageId"] = $"0199aaaa-0000-7000-8000-{i:x12}";
            return letter.ToJsonString();
        });
        using var content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        Assert.Equal(count, (await host.Api.SendAsync(HttpMethod.Post, "/api/dlq/import", content)).Is(200)["imported"].GetInt32());
    }

    private static async Task SubmitAsync(ApiHost host, params string[] messages)
    {
        foreach (var message in messages) await host.Api.UntilStateAsync((await host.Api.SubmitAsync(message)).Is(202).Id, "deadLettered");
    }

    [GeneratedRegex("q=nonsense")]
    private static partial Regex Nonsense();
}
