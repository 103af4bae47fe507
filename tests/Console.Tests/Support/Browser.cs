using DlqCluster.Api.Tests.Support;
using Microsoft.Playwright;

namespace DlqCluster.Web.Tests.Support;

/// <summary>One browser for the tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (ConsoleBuild.Trouble is not null) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = ConsoleBuild.Browser, Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>The product with the console in it, or a skipped test.</summary>
    internal static async Task<ApiHost> StartAsync(params string[] settings)
    {
        if (ConsoleBuild.Trouble is { } trouble) Assert.Skip(trouble);
        return await ApiHost.StartAsync([$"Console:Directory={ConsoleBuild.Output}", "Retry:BaseBackoffMs=20", "Retry:MaxRetries=1", .. settings]);
    }

    /// <summary>Opens a page, and watches what it does.</summary>
    internal async Task<Visit> OpenAsync(Uri address, string path = "/", ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = 900 } });
        var visit = new Visit(context, await context.NewPageAsync(), address);
        await visit.GoAsync(path);
        return visit;
    }
}

/// <summary>A person at a page of the console.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private static readonly string _axe = File.ReadAllText(Path.Combine(ConsoleBuild.Sources, "node_modules/axe-core/axe.min.js"));

    private readonly IBrowserContext _context;
    private readonly Uri _address;
    private readonly List<string> _troubles = [];

    public Visit(IBrowserContext context, IPage page, Uri address)
    {
        (_context, Page, _address) = (context, page, address);
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"console: {message.Text}");
        page.PageError += (_, error) => Note(true, $"error: {error}");
        page.Request += (_, request) => Note(!request.Url.StartsWith(address.ToString(), StringComparison.Ordinal), $"left the origin: {request.Url}");
    }

    public IPage Page { get; }

    /// <summary>What a page must not do: errors in its console, requests to elsewhere.</summary>
    public IReadOnlyList<string> Troubles
    {
        get
        {
            lock (_troubles) return [.. _troubles];
        }
    }

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(new Uri(_address, path).ToString());
        await Assertions.Expect(Page.Locator("h1")).ToBeVisibleAsync(new() { Timeout = 20_000 });
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Text(string text) => Page.GetByText(text).First;

    /// <summary>Gives the reason that a dialog asks for, and confirms.</summary>
    public async Task ConfirmAsync(string verb, string reason)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        var confirm = dialog.GetByRole(AriaRole.Button, new() { Name = verb, Exact = true });
        await Assertions.Expect(confirm).ToBeDisabledAsync();
        await dialog.GetByLabel("Reason").FillAsync(reason);
        await confirm.ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync();
    }

    /// <summary>What axe finds against WCAG 2.2 AA.</summary>
    public async Task<IReadOnlyList<string>> ViolationsAsync()
    {
        // By the debugger, so that the page's own policy on scripts stays as it is.
        var session = await _context.NewCDPSessionAsync(Page);
        // What is just fading in or out has less contrast than what people read: it is looked at when it has come to rest.
        const string Rest = """
            ;(async () => {
                const frame = () => new Promise(requestAnimationFrame);
                const moving = () => document.getAnimations().filter(a => a.effect && a.effect.getComputedTiming().endTime !== Infinity && a.playState === 'running');
                for (let still = 0; still < 5; still++) {
                    await frame();
                    const all = moving();
                    if (all.length === 0) continue;
                    await Promise.allSettled(all.map(a => a.finished));
                    still = -1;
                }
            })()
            """;
        const string Run = ".then(() => axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}))"
            + ".then(r=>r.violations.map(v=>v.id+': '+v.nodes.map(n=>n.html.slice(0,120)).join(' | ')).join('\\n'))";
        var answer = await session.SendAsync("Runtime.evaluate", new Dictionary<string, object> { ["expression"] = _axe + Rest + Run, ["awaitPromise"] = true, ["returnByValue"] = true });
        var found = answer!.Value.GetProperty("result").GetProperty("value").GetString()!;
        return found.Length == 0 ? [] : found.Split('\n');
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(bool isTrouble, string text)
    {
        if (!isTrouble) return;
        lock (_troubles) _troubles.Add(text);
    }
}
