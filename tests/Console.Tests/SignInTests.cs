using System.Text.RegularExpressions;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Web.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DlqCluster.Web.Tests;

/// <summary>Who may use the console, and what they may do there.</summary>
[Trait("Spec", "OP2")]
public sealed class SignInTests(Browser browser) : IClassFixture<Browser>
{
    private const string Token = "a-token-of-some-length";
    private const string Setting = "Security:AdminToken=" + Token;
    private const string Failing = """{"payload":{"order":17,"simulateError":true,"errorType":"VALIDATION_ERROR"}}""";

    private static readonly (string, string) _admin = ("Authorization", "Bearer " + Token);

    [Fact]
    public async Task Who_may_read_sees_the_page_that_was_asked_for_and_can_replay_nothing_and_who_may_operate_can()
    {
        await using var host = await Browser.StartAsync(Setting);
        var (reader, operating) = (await KeyAsync(host, "reader", "read"), await KeyAsync(host, "night-shift", "operate"));
        var id = await DeadAsync(host);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters/" + id);

        await SignInAsync(visit, reader);
        await Expect(visit.Page).ToHaveURLAsync(new Regex("/dead-letters/" + id));
        var replay = visit.Button("Replay");
        await Expect(replay).ToBeDisabledAsync();
        await replay.HoverAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Tooltip)).ToHaveTextAsync("This needs the role operate; you have read.");
        await replay.ClickAsync(new() { Force = true });
        await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Audit" })).ToHaveCountAsync(0);
        Assert.Equal([], await visit.ViolationsAsync());

        await visit.Button("You are reader").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        await SignInAsync(visit, operating);
        await replay.ClickAsync();
        await visit.ConfirmAsync("Replay the letter", "The shop is back.");

        await Wait.UntilAsync(
            () => host.Api.SendAsync(HttpMethod.Get, "/api/dlq/" + id, headers: _admin),
            letter => letter["replayAttempts"] is var replays && replays.GetArrayLength() == 1 && replays[0].GetProperty("by").GetString() == "night-shift", "it was replayed");
    }

    [Fact]
    public async Task No_script_sees_the_credential_or_the_session_and_a_wrong_one_is_refused()
    {
        await using var host = await Browser.StartAsync(Setting);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/settings");
        Assert.Equal([], await visit.ViolationsAsync());

        await visit.Page.GetByLabel("API key or admin token").FillAsync("a-guess");
        await visit.Button("Sign in").ClickAsync();
        await Expect(visit.Text("This is neither a valid API key nor the admin token.")).ToBeVisibleAsync();
        await SignInAsync(visit, Token);

        await Expect(visit.Text("MaxRetries")).ToBeVisibleAsync();
        var seen = await visit.Page.EvaluateAsync<string>("() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)");
        Assert.DoesNotContain(Token, seen, StringComparison.Ordinal);
        Assert.DoesNotContain("dlq-session", seen, StringComparison.Ordinal);
        await visit.GoAsync("/settings");
        await Expect(visit.Text("MaxRetries")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_session_that_ends_leaves_the_page_as_it_was_for_when_one_has_signed_in_again()
    {
        await using var host = await Browser.StartAsync(Setting);
        var (first, second) = (await KeyAsync(host, "first", "operate"), await KeyAsync(host, "second", "operate"));
        var id = await DeadAsync(host);
        await using var visit = await browser.OpenAsync(host.Api.Address, "/dead-letters/" + id);
        await SignInAsync(visit, first);
        await visit.Button("Note").ClickAsync();
        await visit.Page.GetByLabel("Note", new() { Exact = false }).Last.FillAsync("Ask the shop.");

        (await host.Api.SendAsync(HttpMethod.Delete, "/api/keys/" + first[4..20], headers: _admin)).Is(204);
        await Expect(visit.Text("Your session has ended")).ToBeVisibleAsync();
        await SignInAsync(visit, second);
        await visit.Button("Add").ClickAsync();

        await Expect(visit.Page.Locator(".timeline").Last).ToContainTextAsync("Ask the shop.");
    }

    private static async Task<string> KeyAsync(ApiHost host, string name, string role) =>
        (await host.Api.PostAsync("/api/keys", $$"""{"name":"{{name}}","role":"{{role}}"}""", _admin)).Is(201)["key"].GetString()!;

    private static async Task<string> DeadAsync(ApiHost host)
    {
        var id = (await host.Api.SubmitAsync(Failing, _admin)).Is(202).Id;
        await Wait.UntilAsync(() => host.Api.SendAsync(HttpMethod.Get, "/api/dlq/" + id, headers: _admin), answer => answer.Status == 200, "it is a dead letter");
        return id;
    }

    private static async Task SignInAsync(Visit visit, string credential)
    {
        await visit.Page.GetByLabel("API key or admin token").FillAsync(credential);
        await visit.Button("Sign in").ClickAsync();
        await Expect(visit.Page.GetByLabel("API key or admin token")).ToHaveCountAsync(0);
    }
}
