using DlqCluster.Api.Tests.Support;
using DlqCluster.Web.Tests.Support;
using Microsoft.Playwright;

namespace DlqCluster.Web.Tests;

/// <summary>Every page in every look.</summary>
[Trait("Spec", "UI1")]
public sealed class PagesTests(Browser browser) : IClassFixture<Browser>
{
    private const int Budget = 300 * 1024;

    private static readonly string[] _pages =
        ["/", "/messages", "/dead-letters", "/groups", "/replays", "/breakers", "/downstreams", "/actors", "/audit", "/settings"];

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    public async Task Every_page_can_be_used_by_everybody_says_no_error_and_asks_nobody_else(ColorScheme scheme, int width)
    {
        await using var host = await Browser.StartAsync();
        var id = (await host.Api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR","lines":[1,{"a":null}]}}""")).Is(202).Id;
        await host.Api.UntilStateAsync(id, "deadLettered");
        await using var visit = await browser.OpenAsync(host.Api.Address, "/", scheme, width);
        // A service that does not offer groups says so on their page, and the browser in its console.
        var offersGroups = (await host.Api.GetAsync("/api/dlq/groups")).Status == 200;
        foreach (var page in _pages.Where(page => offersGroups || page != "/groups").Append("/messages/" + id).Append("/dead-letters/" + id))
        {
            await visit.GoAsync(page);
            await visit.Page.WaitForFunctionAsync("() => !document.querySelector('main [aria-busy=true]')");
            Assert.Equal([], (await visit.ViolationsAsync()).Select(violation => $"{page}: {violation}"));
            Assert.True(await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{page} is wider than the screen");
        }

        Assert.Equal([], visit.Troubles);
    }

    [Fact]
    public async Task The_first_load_is_small_and_what_does_not_change_is_kept_for_ever()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address);

        var loaded = await visit.Page.EvaluateAsync<int>(
            "() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].filter(e => !e.name.includes('/api/')).reduce((sum, e) => sum + e.transferSize, 0)");
        var script = await visit.Page.EvaluateAsync<string>("() => document.querySelector('script[src]').getAttribute('src')");
        using var asset = await host.Api.Http.GetAsync(new Uri(script, UriKind.Relative));

        Assert.InRange(loaded, 1, Budget);
        Assert.Contains("immutable", asset.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        (await host.Api.GetAsync("/nothing/here")).IsProblem(404, "not-found");
        (await host.Api.GetAsync("/assets/nothing.js")).IsProblem(404, "not-found");
    }

    [Fact]
    public async Task Every_page_is_reached_by_the_keyboard()
    {
        await using var host = await Browser.StartAsync();
        await using var visit = await browser.OpenAsync(host.Api.Address);

        await visit.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("To the content", await visit.Page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        var links = visit.Page.Locator("nav a");
        for (var i = 0; i < await links.CountAsync(); i++)
        {
            await links.Nth(i).FocusAsync();
            await visit.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(links.Nth(i)).ToHaveAttributeAsync("aria-current", "page");
        }
    }
}
