using System.Text.Json;
using DlqCluster.Api.Json;
using DlqCluster.Api.Tests.Support;
using DlqCluster.DeadLetters;

namespace DlqCluster.Api.Tests.DeadLetters;

[Trait("Spec", "DQ8")]
public sealed class LetterActTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Failing = """{"simulateError":true,"errorType":"CLIENT_ERROR"}""";
    private const string Nobody = "0198c0de-0000-7000-8000-000000000000";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task The_whole_story_of_a_letter_comes_from_one_get()
    {
        var id = await DeadLetterAsync("story");
        (await _api.PostAsync($"/api/dlq/{id}/notes", """{"text":"seen this before"}""", ("X-Operator", "ann"))).Is(200);
        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR","n":1},"reason":"try"}""", ("X-Operator", "bob"))).Is(202);
        await UntilAsync(id, letter => letter["dlqRetryCount"].GetInt32() == 1);
        (await _api.PostAsync($"/api/dlq/{id}/discard", """{"reason":"obsolete"}""", ("X-Operator", "ann"))).Is(200);
        (await _api.PostAsync($"/api/dlq/{id}/restore", """{"reason":"it is not"}""", ("X-Operator", "eve"))).Is(200);
        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{}}""", ("X-Operator", "bob"))).Is(202);
        var letter = await UntilAsync(id, letter => letter["status"].GetString() == "dlq_resolved");

        var history = letter["history"].EnumerateArray().ToArray();
        Assert.Equal(
            [
                "accepted", "attempt", "deadLettered", "note", "replayStarted", "attempt", "replayFailed", "discarded", "restored",
                "replayStarted", "attempt", "replayDelivered",
            ],
            history.Select(item => item.GetProperty("what").GetString()));
        Assert.Equal(history.Select(item => item.GetProperty("at").GetDateTimeOffset()).Order(), history.Select(item => item.GetProperty("at").GetDateTimeOffset()));
        Assert.Equal(("ann", "seen this before"), Who(history[3]));
        Assert.Equal(("bob", "try"), Who(history[4]));
        Assert.Contains("/n", history[4].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(("ann", "obsolete"), Who(history[7]));
        Assert.Equal(("eve", "it is not"), Who(history[8]));
        Assert.Equal([0, 1, 2], history.Where(item => item.GetProperty("what").GetString() == "attempt").Select(item => item.GetProperty("generation").GetInt32()));
        Assert.Equal("delivered", letter["resolution"].GetString());
    }

    [Fact]
    public async Task A_discarded_letter_is_resolved_as_discarded_and_recorded_with_its_reason()
    {
        var id = await DeadLetterAsync("discard");
        var path = $"/api/dlq/{id}/";

        var answer = (await _api.PostAsync(path + "discard", """{"reason":"obsolete"}""", ("X-Operator", "ann"))).Is(200);

        Assert.Equal(("dlq_resolved", "discarded"), (answer["status"].GetString(), answer["resolution"].GetString()));
        Assert.NotNull(answer["closedAt"].GetString());
        (await _api.PostAsync(path + "discard", """{"reason":"again"}""")).IsProblem(409, "letter-resolved");
        (await _api.PostAsync(path + "replay")).IsProblem(409, "letter-resolved");
        var entry = (await _api.GetAsync($"/api/audit?act=letter.discard&subject={id}&outcome=done")).Is(200)["data"][0];
        Assert.Equal(("ann", "obsolete"), Who(entry, "who"));
        (await _api.PostAsync(path + "restore")).Is(200);
        (await _api.PostAsync(path + "restore")).IsProblem(409, "letter-not-discarded");
    }

    [Fact]
    public async Task A_letter_under_replay_is_not_discarded()
    {
        var id = await DeadLetterAsync("busy");
        (await _api.PostAsync($"/api/dlq/{id}/replay", """{"payload":{"latencyMs":2000}}""")).Is(202);
        (await _api.PostAsync($"/api/dlq/{id}/discard", """{"reason":"no"}""")).IsProblem(409, "letter-processing");
    }

    [Theory]
    [InlineData("discard", null, "reason")]
    [InlineData("discard", "{}", "reason")]
    [InlineData("discard", """{"reason":""}""", "reason")]
    [InlineData("discard", """{"reason":" "}""", "reason")]
    [InlineData("discard", """{"reason":1}""", "reason")]
    [InlineData("discard", """{"reason":"x","why":"y"}""", "why")]
    [InlineData("restore", """{"reason":"a\nb"}""", "reason")]
    [InlineData("notes", "{}", "text")]
    [InlineData("notes", """{"text":"  "}""", "text")]
    [InlineData("notes", """{"note":"x"}""", "note")]
    public async Task Wrong_acts_are_refused(string act, string? body, string field) =>
        (await _api.PostAsync($"/api/dlq/{Nobody}/{act}", body)).IsProblem(400, "validation").Names(field);

    [Theory]
    [InlineData("discard", """{"reason":"x"}""")]
    [InlineData("restore", null)]
    [InlineData("notes", """{"text":"x"}""")]
    public async Task Acts_on_what_is_not_there_find_nothing(string act, string? body)
    {
        (await _api.PostAsync($"/api/dlq/{Nobody}/{act}", body)).IsProblem(404, "letter-not-found");
        (await _api.PostAsync($"/api/dlq/nonsense/{act}", body)).IsProblem(404, "letter-not-found");
        (await _api.PostAsync($"/api/dlq/{Nobody}/{act}", "{")).IsProblem(400, "malformed-json");
        (await _api.PostAsync($"/api/dlq/{Nobody}/{act}", body, ("X-Operator", new string('o', 300)))).IsProblem(400, "validation").Names("X-Operator");
        (await _api.PostAsync($"/api/dlq/{Nobody}/{act}", body, ("X-Operator", "UTF-8''two%0Alines"))).IsProblem(400, "validation").Names("X-Operator");
    }

    [Fact]
    public async Task A_note_that_is_too_long_is_refused()
    {
        var id = await DeadLetterAsync("notes");
        (await _api.PostAsync($"/api/dlq/{id}/notes", $$"""{"text":"{{new string('x', 4_001)}}"}""")).IsProblem(400, "validation").Names("text");
        (await _api.PostAsync($"/api/dlq/{id}/notes", $$"""{"text":"{{new string('x', 4_000)}}"}""")).Is(200);
    }

    [Fact]
    public async Task A_batch_discards_what_matched_at_the_moment_of_the_decision_and_nothing_that_came_later()
    {
        for (var i = 0; i < 3; i++) await DeadLetterAsync("batch");
        var dry = (await _api.PostAsync("/api/dlq/discard-batch", """{"filter":{"source":"batch"},"reason":"gone","dryRun":true}""")).Is(200);
        Assert.Equal((3, 0), (dry["matched"].GetInt32(), dry["discarded"].GetInt32()));
        var later = await DeadLetterAsync("batch");

        var body = $$"""{"filter":{"source":"batch"},"reason":"gone","asOf":"{{dry["asOf"].GetString()}}"}""";
        var done = (await _api.PostAsync("/api/dlq/discard-batch", body, ("X-Operator", "ann"))).Is(200);

        Assert.Equal((3, 0, 0), (done["discarded"].GetInt32(), done["skipped"].GetInt32(), done["failed"].GetInt32()));
        Assert.Null(done["nextCursor"].GetString());
        Assert.Equal("dlq_manual", (await _api.GetAsync("/api/dlq/" + later))["status"].GetString());
        Assert.Equal(3, (await _api.GetAsync("/api/dlq?source=batch&status=dlq_resolved"))["total"].GetInt32());
        // The same again, as after a crash, changes nothing.
        var again = (await _api.PostAsync("/api/dlq/discard-batch", body)).Is(200);
        Assert.Equal((0, 3), (again["discarded"].GetInt32(), again["skipped"].GetInt32()));
        var entry = (await _api.GetAsync("/api/audit?act=letter.discardBatch&who=ann")).Is(200)["data"][0];
        Assert.Equal(3, entry.GetProperty("count").GetInt64());
        Assert.Contains("source=batch", entry.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_batch_goes_on_where_it_stopped()
    {
        await using var host = await ApiHost.StartAsync("Dlq:MaxBatchDiscard=2");
        for (var i = 0; i < 5; i++)
        {
            var sent = await host.Api.SubmitAsync($$"""{"payload":{{Failing}}}""");
            await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        }

        var discarded = 0;
        var requests = 0;
        var next = """{"filter":{},"reason":"gone"}""";
        while (next is not null)
        {
            var answer = (await host.Api.PostAsync("/api/dlq/discard-batch", next)).Is(200);
            discarded += answer["discarded"].GetInt32();
            requests++;
            next = answer["nextCursor"].GetString() is { } cursor
                ? $$$"""{"filter":{},"reason":"gone","asOf":"{{{answer["asOf"].GetString()}}}","cursor":"{{{cursor}}}"}"""
                : null;
        }

        Assert.Equal((5, 3), (discarded, requests));
    }

    [Theory]
    [InlineData("""{"reason":"x"}""", "filter")]
    [InlineData("""{"filter":{}}""", "reason")]
    [InlineData("""{"filter":{"status":"pending"},"reason":"x"}""", "filter.status")]
    [InlineData("""{"filter":{"state":"x"},"reason":"x"}""", "filter.state")]
    [InlineData("""{"filter":{},"reason":"x","cursor":"abc"}""", "asOf")]
    [InlineData("""{"filter":{},"reason":"x","cursor":"abc","asOf":"2026-01-01T00:00:00Z"}""", "cursor")]
    [InlineData("""{"filter":{},"reason":"x","asOf":"2999-01-01T00:00:00Z"}""", "asOf")]
    public async Task Wrong_batches_are_refused(string body, string field) =>
        (await _api.PostAsync("/api/dlq/discard-batch", body)).IsProblem(400, "validation").Names(field);

    [Fact]
    public void The_answer_leaves_nothing_of_a_letter_out()
    {
        var answer = typeof(LetterAnswer).GetProperties().Select(property => property.Name).ToHashSet();
        var letter = typeof(Letter).GetProperties().Where(property => property.GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonIgnoreAttribute), false).Length == 0);
        Assert.All(letter, property => Assert.Contains(property.Name, answer));
    }

    private static (string?, string?) Who(JsonElement item, string by = "by") => (item.GetProperty(by).GetString(), item.GetProperty("reason").GetString());

    private Task<Answer> UntilAsync(string id, Func<Answer, bool> isRight) => Wait.UntilAsync(() => _api.GetAsync("/api/dlq/" + id), isRight, $"letter {id}");

    private async Task<string> DeadLetterAsync(string source)
    {
        var sent = await _api.SubmitAsync($$"""{"payload":{{Failing}},"source":"{{source}}"}""");
        await _api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        return sent.Id;
    }
}
