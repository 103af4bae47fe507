using DlqCluster.Api.Tests.Support;
using DlqCluster.Web.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DlqCluster.Web.Tests;

/// <summary>What an operator does beside dead letters, and what the page does when the service does not.</summary>
[Trait("Spec", "UI1")]
public sealed class OperatingTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_breaker_is_held_open_with_a_reason_and_reset()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address, "/breakers");

        await visit.Button("Hold open").ClickAsync();
        await visit.ConfirmAsync("Hold open", "The shop moves.");
        await Expect(visit.Text("Forced open")).ToBeVisibleAsync();
        await Expect(visit.Text("“The shop moves.”")).ToBeVisibleAsync();
        await visit.Button("Reset").ClickAsync();
        await visit.ConfirmAsync("Reset", "It has moved.");

        await Expect(visit.Page.GetByRole(AriaRole.Main).GetByText("Closed", new() { Exact = true })).ToBeVisibleAsync();
        Assert.Equal("auto", (await host.Api.GetAsync("/api/circuit-breakers/default"))["mode"].GetString());
    }

    [Fact]
    public async Task A_downstream_is_made_tried_and_given_a_secret()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address, "/downstreams");
        await visit.Button("New").ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync("nowhere");
        await dialog.GetByLabel("URL").FillAsync("http://127.0.0.1:9/hook");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(visit.Text("POST http://127.0.0.1:9/hook")).ToBeVisibleAsync();

        var card = visit.Page.Locator("section", new() { HasText = "POST http://127.0.0.1:9/hook" });
        await card.GetByRole(AriaRole.Button, new() { Name = "Try it" }).ClickAsync();
        await visit.Button("Send").ClickAsync();
        await Expect(visit.Text("NETWORK_ERROR")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "More about nowhere" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "New secret" }).ClickAsync();
        await dialog.GetByLabel("Reason").FillAsync("The old one was seen.");
        await visit.Button("Make a new secret").ClickAsync();

        await Expect(visit.Page.Locator("pre, code").Filter(new() { HasText = "whsec_" })).ToBeVisibleAsync();
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task A_downstream_whose_secrets_are_lost_is_told_from_one_that_is_paused()
    {
        using var data = new TempDirectory();
        var storage = "Storage:DataDirectory=" + data.Path;
        await using (var before = await ApiHost.StartAsync(storage))
            (await before.Api.PutAsync("/api/downstreams/shop", """{"kind":"http","url":"http://127.0.0.1:9/","headers":{"Authorization":"Bearer 1"}}""")).Is(201);
        Directory.Delete(Path.Combine(data.Path, "keys"), recursive: true);
        await using var host = await Browser.StartAsync(storage, "Delivery:HoldUnreadable=true");
        (await host.Api.PostAsync("/admin/delivery/pause?name=default", """{"reason":"r"}""")).Is(200);

        await using var visit = await browser.OpenAsync(host.Api.Address, "/downstreams");
        await Expect(visit.Text("Secrets lost")).ToBeVisibleAsync();
        await Expect(visit.Text("Paused")).ToBeVisibleAsync();
        Assert.Equal([], await visit.ViolationsAsync());
        await visit.Button("More about shop").ClickAsync();

        await Expect(visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Resume" })).ToBeDisabledAsync();
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task An_ordering_key_that_a_dead_letter_holds_up_is_seen_and_freed_by_somebody_whose_name_is_in_any_script()
    {
        await using var host = await Browser.StartAsync();
        await host.Api.HoldUpAsync("shop", "customer-9");
        await using var visit = await browser.OpenAsync(host.Api.Address);
        await visit.Button("You").ClickAsync();
        Assert.Equal([], await visit.ViolationsAsync());
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Change the name" }).ClickAsync();
        await visit.Page.GetByLabel("Your name").FillAsync("Zoë 田中 (nights)");
        await visit.Button("Save").ClickAsync();

        await Expect(visit.Text("1 ordering key is held up by a dead letter")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(visit.Text("2 behind a dead letter")).ToBeVisibleAsync();
        Assert.Equal([], await visit.ViolationsAsync());
        await visit.Button("Go on past it, the dead letter of customer-9").ClickAsync();
        await visit.ConfirmAsync("Go on past it", "It is void.");

        await Expect(visit.Text("1 ordering key is held up by a dead letter")).ToBeHiddenAsync(new() { Timeout = 20_000 });
        var entry = (await host.Api.GetAsync("/api/audit?act=lane.skip"))["data"][0];
        Assert.Equal(("Zoë 田中 (nights)", "It is void."), (entry.GetProperty("who").GetString(), entry.GetProperty("reason").GetString()));
        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task Without_a_stream_the_page_asks_every_five_seconds_and_says_so()
    {
        await using var host = await Browser.StartAsync("Live:MaxStreams=1");
        using var other = await host.Api.Http.GetAsync(new Uri("/api/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var visit = await browser.OpenAsync(host.Api.Address);

        await Expect(visit.Page.Locator("[data-link=polling]")).ToHaveTextAsync("Every 5 s");
        await Expect(visit.Text("Messages a second")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_stopped_service_is_shown_as_such_and_the_page_comes_back_by_itself()
    {
        var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address);
        await Expect(visit.Page.Locator("[data-link=live]")).ToBeVisibleAsync();

        await host.DisposeAsync();
        await Expect(visit.Page.Locator("[data-link=down]")).ToContainTextAsync("Not reachable", new() { Timeout = 20_000 });
        await using var again = await Browser.StartAsync($"Http:Port={host.Api.Address.Port}");

        await Expect(visit.Page.Locator("[data-link=live]")).ToBeVisibleAsync(new() { Timeout = 20_000 });
    }
}
