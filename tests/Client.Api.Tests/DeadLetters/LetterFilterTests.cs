using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.DeadLetters;

/// <summary>Wherever letters are chosen by a filter, the same filters are refused.</summary>
public sealed class LetterFilterTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Theory]
    [InlineData("status", "")]
    [InlineData("errorType", "")]
    [InlineData("source", "")]
    [InlineData("target", "")]
    [InlineData("tag", "")]
    [InlineData("fingerprint", "")]
    [InlineData("from", "")]
    [InlineData("to", "")]
    [InlineData("q", "")]
    [InlineData("q", "  ")]
    [InlineData("q", "*-*")]
    [InlineData("q", "a\u0001b")]
    [InlineData("source", "a\nb")]
    [InlineData("status", "pending")]
    [InlineData("errorType", "Oops")]
    [InlineData("from", "yesterday")]
    [InlineData("sauce", "x")]
    public async Task What_would_not_narrow_the_choice_as_meant_is_refused(string member, string text)
    {
        var query = $"?{member}={Uri.EscapeDataString(text)}";
        var body = $$"""{"filter":{"{{member}}":{{JsonSerializer.Serialize(text)}}},"reason":"because","dryRun":true}""";

        (await _api.GetAsync("/api/dlq" + query)).IsProblem(400, "validation").Names(member);
        (await _api.GetAsync("/api/dlq/export" + query)).IsProblem(400, "validation").Names(member);
        (await _api.PostAsync("/api/dlq/replay-batch", body)).IsProblem(400, "validation").Names("filter." + member);
        (await _api.PostAsync("/api/dlq/discard-batch", body)).IsProblem(400, "validation").Names("filter." + member);
    }

    [Theory]
    [InlineData("source", 256)]
    [InlineData("target", 256)]
    [InlineData("tag", 256)]
    [InlineData("fingerprint", 256)]
    [InlineData("q", 500)]
    public async Task A_text_may_have_as_many_characters_as_the_limit_says(string member, int limit)
    {
        foreach (var (length, status) in new[] { (limit, 200), (limit + 1, 400) })
        {
            var text = new string('x', length);
            var body = $$"""{"filter":{"{{member}}":"{{text}}"},"reason":"because","dryRun":true}""";
            Answer[] answers =
            [
                await _api.GetAsync($"/api/dlq?{member}={text}"), await _api.GetAsync($"/api/dlq/export?{member}={text}"),
                await _api.PostAsync("/api/dlq/replay-batch", body), await _api.PostAsync("/api/dlq/discard-batch", body),
            ];
            Assert.All(answers, answer => answer.Is(status));
        }
    }

    [Fact]
    public async Task A_time_that_ends_before_it_begins_is_refused()
    {
        const string Query = "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z";
        const string Body = """{"filter":{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"},"reason":"because"}""";

        (await _api.GetAsync("/api/dlq" + Query)).IsProblem(400, "validation").Names("to");
        (await _api.GetAsync("/api/dlq/export" + Query)).IsProblem(400, "validation").Names("to");
        (await _api.PostAsync("/api/dlq/replay-batch", Body)).IsProblem(400, "validation").Names("filter.to");
        (await _api.PostAsync("/api/dlq/discard-batch", Body)).IsProblem(400, "validation").Names("filter.to");
    }
}
