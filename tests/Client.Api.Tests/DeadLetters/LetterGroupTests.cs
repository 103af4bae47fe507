using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.DeadLetters;

[Trait("Spec", "DQ4")]
public sealed class LetterGroupTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task Failures_of_one_kind_are_one_group_whatever_their_numbers()
    {
        var first = await DeadLetterAsync("grouped");
        var last = await DeadLetterAsync("grouped");

        var group = await GroupAsync("source", "grouped");

        Assert.Equal((2, 2, "active"), (group.GetProperty("count").GetInt32(), group.GetProperty("open").GetInt32(), group.GetProperty("state").GetString()));
        Assert.Equal(last, group.GetProperty("sampleId").GetString());
        Assert.Equal(2, group.GetProperty("byStatus").GetProperty("dlq_manual").GetInt32());
        Assert.Equal(JsonValueKind.Null, group.GetProperty("mark").ValueKind);
        var fingerprint = (await _api.GetAsync("/api/dlq/" + first))["fingerprint"].GetString();
        Assert.Equal(fingerprint, (await _api.GetAsync("/api/dlq/" + last))["fingerprint"].GetString());
        Assert.True((await GroupAsync("fingerprint", fingerprint!)).GetProperty("count").GetInt32() >= 2);
        Assert.NotEmpty((await _api.GetAsync("/api/dlq/groups?by=errorType&sort=lastSeen&order=asc")).Is(200)["data"].EnumerateArray());
    }

    [Fact]
    public async Task A_group_has_a_life_owner_note_muted_resolved_and_regressed()
    {
        var id = await DeadLetterAsync("life");
        const string path = "/api/dlq/groups?by=source&name=life";
        var mark = (await PatchAsync(path, """{"owner":"ann","note":"ticket 1","muted":true}""", ("X-Operator", "bob"))).Is(200);
        Assert.Equal(("ann", "ticket 1", true, "bob", 1), (mark["owner"].GetString(), mark["note"].GetString(), mark["muted"].GetBoolean(), mark["changedBy"].GetString(), mark["version"].GetInt32()));
        (await PatchAsync(path, """{"note":"","resolved":true,"reason":"fixed in 1.2"}""")).Is(200);
        var group = await GroupAsync("source", "life");
        Assert.Equal("resolved", group.GetProperty("state").GetString());
        Assert.Equal(("ann", null), (group.GetProperty("mark").GetProperty("owner").GetString(), group.GetProperty("mark").GetProperty("note").GetString()));
        Assert.Equal(1, (await _api.GetAsync(path + "&state=resolved&muted=true&owner=ann"))["total"].GetInt32());
        Assert.Equal(0, (await _api.GetAsync(path + "&state=active"))["total"].GetInt32());

        // The replay of one that is there fails again, which is that it has come back.
        (await _api.PostAsync($"/api/dlq/{id}/replay")).Is(202);
        await Wait.UntilAsync(() => GroupAsync("source", "life"), g => g.GetProperty("state").GetString() == "regressed", "it regresses");

        Assert.Equal("ann", (await GroupAsync("source", "life")).GetProperty("mark").GetProperty("owner").GetString());
        (await PatchAsync(path, """{"resolved":false,"owner":""}""")).Is(200);
        group = await GroupAsync("source", "life");
        Assert.Equal(("active", null), (group.GetProperty("state").GetString(), group.GetProperty("mark").GetProperty("owner").GetString()));
        var audit = (await _api.GetAsync("/api/audit?act=group.change&subject=source:life")).Is(200)["data"];
        Assert.Equal(3, audit.GetArrayLength());
        Assert.Equal("fixed in 1.2", audit[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Letters_without_a_source_are_a_group_of_the_empty_name()
    {
        var sent = await _api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"}}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        Assert.Equal(1, (await _api.GetAsync("/api/dlq/groups?by=source&name="))["total"].GetInt32());
    }

    [Theory]
    [InlineData("by=payload", "by")]
    [InlineData("state=open", "state")]
    [InlineData("muted=1", "muted")]
    [InlineData("sort=name", "sort")]
    [InlineData("page=0", "page")]
    [InlineData("x=1", "x")]
    public async Task Wrong_parameters_are_named(string query, string parameter) =>
        (await _api.GetAsync("/api/dlq/groups?" + query)).IsProblem(400, "validation").Names(parameter);

    [Theory]
    [InlineData("", """{"muted":true}""", "name")]
    [InlineData("?name=x", "{}", "owner")]
    [InlineData("?name=x", """{"owner":"a\nb"}""", "owner")]
    [InlineData("?name=x", """{"state":"resolved"}""", "state")]
    [InlineData("?name=x", """{"resolved":"yes"}""", "resolved")]
    [InlineData("?name=x&y=1", """{"muted":true}""", "y")]
    public async Task Wrong_changes_are_refused(string query, string body, string field) =>
        (await PatchAsync("/api/dlq/groups" + query, body)).IsProblem(400, "validation").Names(field);

    [Fact]
    public async Task Changes_at_the_same_time_are_all_kept()
    {
        const string path = "/api/dlq/groups?by=source&name=race";
        var changes = new[] { """{"owner":"ann"}""", """{"note":"n"}""", """{"muted":true}""" };
        var answers = await Task.WhenAll(changes.Select(change => PatchAsync(path, change)));
        Assert.All(answers, answer => answer.Is(200));
        await DeadLetterAsync("race");
        var mark = (await GroupAsync("source", "race")).GetProperty("mark");
        Assert.Equal(("ann", "n", true, 3), (mark.GetProperty("owner").GetString(), mark.GetProperty("note").GetString(), mark.GetProperty("muted").GetBoolean(), mark.GetProperty("version").GetInt32()));
    }

    private Task<Answer> PatchAsync(string path, string body, params (string, string)[] headers) => _api.SendAsync(HttpMethod.Patch, path, body, headers);

    private async Task<JsonElement> GroupAsync(string by, string name) =>
        (await _api.GetAsync($"/api/dlq/groups?by={by}&name={Uri.EscapeDataString(name)}")).Is(200)["data"][0];

    private async Task<string> DeadLetterAsync(string source)
    {
        var sent = await _api.SubmitAsync($$$"""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"source":"{{{source}}}"}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        return sent.Id;
    }
}
