using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Tests.Support;

namespace DlqCluster.Cli.Tests;

/// <summary>What people do with messages and letters.</summary>
public sealed class LetterTests(SharedService shared) : IClassFixture<SharedService>
{
    private readonly Dlq _dlq = Dlq.At(shared.Host);

    [Fact]
    public async Task A_message_is_sent_as_it_was_typed_and_recognised_when_it_comes_again()
    {
        var sent = await _dlq.JsonAsync("send", """{ "n": 1.50, "ü": "é" }""", "--id", "typed", "--source", "cli", "--tag", "a", "--tag", "b", "--priority", "high", "--ordering-key", "k", "--max-retries", "0");
        var id = sent.GetProperty("messageId").GetString()!;
        var again = await _dlq.JsonAsync("send", """{ "n": 1.50, "ü": "é" }""", "--id", "typed", "--source", "cli", "--tag", "a", "--tag", "b", "--priority", "high", "--ordering-key", "k", "--max-retries", "0");
        Assert.Equal(id, again.GetProperty("messageId").GetString());
        Assert.True(again.GetProperty("idempotentHit").GetBoolean());
        var shown = await _dlq.JsonAsync("get", id);
        Assert.Equal("high", shown.GetProperty("priority").GetString());
        Assert.Equal("k", shown.GetProperty("orderingKey").GetString());
        Assert.Equal(2, shown.GetProperty("tags").GetArrayLength());
    }

    [Fact]
    public async Task A_payload_comes_from_a_pipe_or_a_file()
    {
        _dlq.Input = """{"piped":true}""";
        (await _dlq.RunAsync("send", "-")).Is(ExitCode.Done);
        using var folder = new TempDirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "p.json"), "[1]");
        (await _dlq.RunAsync("send", "@" + Path.Combine(folder.Path, "p.json"))).Is(ExitCode.Done);
        (await _dlq.RunAsync("send", "@/no/such/file")).Is(ExitCode.Failed);
    }

    [Fact]
    public async Task A_file_of_messages_is_sent_in_batches_and_what_is_refused_is_told()
    {
        _dlq.Input = string.Join('\n', Enumerable.Range(0, 1_203).Select(n => n == 700 ? """{"payload":1,"target":"nobody"}""" : $$"""{"payload":{{n}},"source":"file"}"""));
        var ended = (await _dlq.RunAsync("send", "--file", "-")).Is(ExitCode.Failed);
        Assert.Contains("1202 accepted, 1 refused", ended.Error, StringComparison.Ordinal);
        Assert.Contains("message 701:", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduled_message_explains_itself_and_can_be_cancelled()
    {
        var id = (await _dlq.JsonAsync("send", "1", "--deliver-at", "2h")).GetProperty("messageId").GetString()!;
        Assert.Contains("scheduled", (await _dlq.RunAsync("explain", id)).Is(ExitCode.Done).Out, StringComparison.Ordinal);
        (await _dlq.RunAsync("cancel", id)).Is(ExitCode.Done);
        (await _dlq.RunAsync("cancel", id)).Is(ExitCode.Refused);
    }

    [Fact]
    public async Task A_letter_is_shown_noted_discarded_and_taken_back()
    {
        var id = await shared.LetterAsync("desk");
        (await _dlq.RunAsync("note", id, "told the shop")).Is(ExitCode.Done);
        (await _dlq.RunAsync("discard", id, "--reason", "void, für immer")).Is(ExitCode.Done);
        (await _dlq.RunAsync("reopen", id, "--reason", "not void")).Is(ExitCode.Done);
        var shown = (await _dlq.RunAsync("show", id)).Is(ExitCode.Done).Out;
        foreach (var word in new[] { "VALIDATION_ERROR", "told the shop", "void", "tess", "manual" }) Assert.Contains(word, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_may_be_in_any_script()
    {
        var id = await shared.LetterAsync("names");
        (await _dlq.RunAsync("note", id, "seen", "--operator", "Zoë 田中")).Is(ExitCode.Done);
        Assert.Contains("Zoë 田中", (await _dlq.RunAsync("show", id)).Is(ExitCode.Done).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_letter_is_told_as_one_and_two_as_two()
    {
        await shared.LetterAsync("counted");
        Assert.Contains("1 letter matches; it would take", (await _dlq.RunAsync("replay", "--source", "counted", "--dry-run")).Is(ExitCode.Done).Out, StringComparison.Ordinal);
        await shared.LetterAsync("counted");
        Assert.Contains("2 letters match; they would take", (await _dlq.RunAsync("replay", "--source", "counted", "--dry-run")).Is(ExitCode.Done).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_letters_are_discarded_once_somebody_said_yes()
    {
        for (var n = 0; n < 3; n++) await shared.LetterAsync("rubbish");
        var look = await _dlq.JsonAsync("discard", "--source", "rubbish", "--dry-run");
        Assert.Equal(3, look.GetProperty("matched").GetInt32());
        Assert.Contains("3 discarded", (await _dlq.RunAsync("discard", "--source", "rubbish", "--reason", "void", "--yes")).Is(ExitCode.Done).Out, StringComparison.Ordinal);
        Assert.Equal(3, (await _dlq.JsonAsync("list", "--source", "rubbish", "--status", "resolved")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_letter_is_replayed_with_another_payload()
    {
        var id = await shared.LetterAsync("edited");
        (await _dlq.RunAsync("edit", id, "--payload", """{"mended":true}""", "--reason", "the field was wrong")).Is(ExitCode.Done);
        var letter = await Wait.UntilAsync(() => _dlq.JsonAsync("show", id), letter => letter.GetProperty("status").GetString() == "dlq_resolved", "the letter is resolved");
        Assert.Equal("tess", letter.GetProperty("replayAttempts")[0].GetProperty("by").GetString());
        (await _dlq.RunAsync("replay", id)).Is(ExitCode.Refused);
        (await _dlq.RunAsync("edit", id)).Is(ExitCode.Usage);
    }

    [Fact]
    public async Task Many_letters_are_replayed_and_the_end_is_waited_for()
    {
        await shared.MendedLettersAsync("many", 5);
        Assert.Equal(5, (await _dlq.JsonAsync("replay", "--source", "many", "--start-date", "1h", "--error-type", "TIMEOUT_ERROR", "--dry-run")).GetProperty("matched").GetInt32());
        var job = await _dlq.JsonAsync("replay", "--source", "many", "--batch-size", "2", "--rate", "200", "--reason", "mended", "--yes");
        Assert.Equal("completed", job.GetProperty("state").GetString());
        Assert.Equal(5, job.GetProperty("delivered").GetInt32());
        Assert.Equal("mended", job.GetProperty("plan").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_replay_whose_letters_fail_again_is_1()
    {
        await shared.LetterAsync("again");
        var ended = (await _dlq.RunAsync("replay", "--source", "again", "--yes", "--json")).Is(ExitCode.Failed);
        Assert.Equal(1, ended.Json.GetProperty("failed").GetInt32());
    }

    [Fact]
    public async Task A_replay_job_is_paused_resumed_and_followed_to_its_end()
    {
        await shared.MendedLettersAsync("slow", 3);
        var id = (await _dlq.JsonAsync("replay", "--source", "slow", "--rate", "0.1", "--yes", "--detach")).GetProperty("jobId").GetString()!;
        Assert.Equal("paused", (await _dlq.JsonAsync("replays", "pause", id)).GetProperty("state").GetString());
        Assert.Contains(id, (await _dlq.RunAsync("replays")).Is(ExitCode.Done).Out, StringComparison.Ordinal);
        Assert.Equal("running", (await _dlq.JsonAsync("replays", "resume", id)).GetProperty("state").GetString());
        (await _dlq.RunAsync("replays", "cancel", id, "--reason", "enough")).Is(ExitCode.Done);
        (await _dlq.RunAsync("replays", "follow", id)).Is(ExitCode.Failed);
    }

    [Fact]
    public async Task Letters_go_out_and_in_again()
    {
        var id = await shared.LetterAsync("travels");
        using var folder = new TempDirectory();
        var file = Path.Combine(folder.Path, "letters.ndjson");
        (await _dlq.RunAsync("export", "--source", "travels", "-o", file)).Is(ExitCode.Done);
        var piped = (await _dlq.RunAsync("export", "--source", "travels")).Is(ExitCode.Done);
        Assert.Equal(await File.ReadAllTextAsync(file), piped.Out);
        await using var other = await ApiHost.StartAsync();
        var elsewhere = Dlq.At(other);
        Assert.Equal(1, (await elsewhere.JsonAsync("import", file, "--reason", "umgezogen – für immer")).GetProperty("imported").GetInt32());
        Assert.Equal(1, (await elsewhere.JsonAsync("import", file)).GetProperty("unchanged").GetInt32());
        Assert.Equal(id, (await elsewhere.JsonAsync("show", id)).GetProperty("messageId").GetString());
        elsewhere.Input = "no letter\n";
        Assert.Contains("line 1:", (await elsewhere.RunAsync("import", "-")).Is(ExitCode.Failed).Out, StringComparison.Ordinal);
        (await elsewhere.RunAsync("import", "/no/such/file")).Is(ExitCode.Failed);
    }

    [Fact]
    public async Task A_load_ends_by_itself_and_says_how_fast_it_was()
    {
        var report = await _dlq.JsonAsync("load", "--count", "60", "--concurrency", "4", "--failing", "0.1", "--size", "10");
        Assert.Equal(60, report.GetProperty("accepted").GetInt32());
        Assert.True(report.GetProperty("p50Ms").GetDouble() <= report.GetProperty("maxMs").GetDouble());
        await Wait.UntilAsync(() => _dlq.JsonAsync("list", "--source", "dlq-load"), list => list.GetProperty("total").GetInt32() == 6, "a tenth failed");
        Assert.Contains("a second", (await _dlq.RunAsync("load", "--count", "2", "--rate", "1000")).Is(ExitCode.Done).Out, StringComparison.Ordinal);
        (await _dlq.RunAsync("load", "--count", "2", "--target", "nobody")).Is(ExitCode.Failed);
    }

    [Fact]
    public async Task Breakers_downstreams_and_delivery_are_operated()
    {
        (await _dlq.RunAsync("downstream", "set", "shop", "--target-url", "http://127.0.0.1:9/hook", "--timeout-ms", "500")).Is(ExitCode.Done);
        (await _dlq.RunAsync("downstream", "try", "shop")).Is(ExitCode.Failed);
        var breaker = await _dlq.JsonAsync("breaker", "open", "shop", "--reason", "moves", "--for", "60");
        Assert.Equal("forcedOpen", breaker.GetProperty("mode").GetString());
        Assert.Contains("moves", (await _dlq.RunAsync("breaker", "show", "shop")).Out, StringComparison.Ordinal);
        Assert.Equal("auto", (await _dlq.JsonAsync("breaker", "reset", "shop")).GetProperty("mode").GetString());
        Assert.True((await _dlq.JsonAsync("pause", "shop")).GetProperty("paused").GetBoolean());
        Assert.False((await _dlq.JsonAsync("resume", "shop")).GetProperty("paused").GetBoolean());
        Assert.StartsWith("whsec_", (await _dlq.JsonAsync("downstream", "rotate-secret", "shop")).GetProperty("secret").GetString(), StringComparison.Ordinal);
        (await _dlq.RunAsync("downstream", "delete", "shop", "--reason", "gone")).Is(ExitCode.Done);
        var acts = await _dlq.JsonAsync("audit", "--who", "tess", "--act", "breaker.forceOpen");
        Assert.Equal("moves", acts.GetProperty("data")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_group_gets_an_owner()
    {
        await shared.LetterAsync("owned");
        (await _dlq.RunAsync("groups", "mark", "owned", "--by", "source", "--owner", "ann", "--note", "knows", "--muted", "true")).Is(ExitCode.Done);
        var group = (await _dlq.JsonAsync("groups", "--by", "source", "--owner", "ann")).GetProperty("data")[0];
        Assert.Equal("owned", group.GetProperty("name").GetString());
        Assert.True(group.GetProperty("mark").GetProperty("muted").GetBoolean());
    }

    [Fact]
    public async Task A_key_is_made_used_and_revoked()
    {
        var made = await _dlq.JsonAsync("keys", "create", "night-shift", "--role", "read", "--expires", "1d");
        var key = made.GetProperty("key").GetString()!;
        Assert.Equal("read", (await _dlq.JsonAsync("me", "--key", key)).GetProperty("role").GetString());
        (await _dlq.RunAsync("pause", "--key", key)).Is(ExitCode.Refused);
        Assert.Contains("night-shift", (await _dlq.RunAsync("keys")).Out, StringComparison.Ordinal);
        (await _dlq.RunAsync("keys", "revoke", made.GetProperty("id").GetString()!, "--reason", "over")).Is(ExitCode.Done);
        (await _dlq.RunAsync("me", "--key", key)).Is(ExitCode.Refused);
        (await _dlq.RunAsync("keys", "create", "night-shift")).Is(ExitCode.Usage);
    }
}
