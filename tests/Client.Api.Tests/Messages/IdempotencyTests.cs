using DlqCluster.Api.Ingest;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Messages;

public sealed class IdempotencyTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task The_same_key_and_body_is_the_same_message()
    {
        var first = await _api.SubmitAsync("""{"payload":1}""", ("Idempotency-Key", "same"));
        var second = await _api.SubmitAsync("""{ "payload": 1, "priority": "normal" }""", ("Idempotency-Key", "same"));

        Assert.Equal(first.Is(202).Id, second.Is(202).Id);
        Assert.False(first["idempotentHit"].GetBoolean());
        Assert.True(second["idempotentHit"].GetBoolean());
        Assert.Equal(first["acceptedAt"].GetString(), second["acceptedAt"].GetString());
    }

    [Fact]
    public async Task The_clients_message_id_is_a_key_too_and_the_header_goes_before_it()
    {
        var byId = await _api.SubmitAsync("""{"payload":1,"clientMessageId":"by-id"}""");
        var again = await _api.SubmitAsync("""{"payload":1,"clientMessageId":"by-id"}""");
        var byHeader = await _api.SubmitAsync("""{"payload":1,"clientMessageId":"by-id"}""", ("Idempotency-Key", "other"));

        Assert.Equal(byId.Id, again.Id);
        Assert.NotEqual(byId.Id, byHeader.Is(202).Id);
    }

    [Fact]
    public async Task Sources_have_keys_of_their_own()
    {
        var a = await _api.SubmitAsync("""{"payload":1,"source":"a"}""", ("Idempotency-Key", "scoped"));
        var b = await _api.SubmitAsync("""{"payload":1,"source":"b"}""", ("Idempotency-Key", "scoped"));

        Assert.NotEqual(a.Is(202).Id, b.Is(202).Id);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        (await _api.SubmitAsync("""{"payload":1}""", ("Idempotency-Key", "reused"))).Is(202);
        (await _api.SubmitAsync("""{"payload":2}""", ("Idempotency-Key", "reused"))).IsProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task A_repeat_of_a_message_whose_time_has_come_is_a_repeat()
    {
        var soon = DateTimeOffset.UtcNow.AddSeconds(1);
        var body = $$"""{"payload":1,"deliverAt":"{{soon:yyyy-MM-ddTHH:mm:ss.fffZ}}"}""";
        var first = await _api.SubmitAsync(body, ("Idempotency-Key", "timed"));
        await _api.UntilStateAsync(first.Is(202).Id, "delivered");

        var repeat = await _api.SubmitAsync(body, ("Idempotency-Key", "timed"));

        Assert.True(repeat.Is(202)["idempotentHit"].GetBoolean());
        (await _api.SubmitAsync(body, ("Idempotency-Key", "timed-new"))).IsProblem(400, "validation").Names("deliverAt");
    }

    [Fact]
    public async Task Racing_repeats_meet_at_one_message()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => _api.SubmitAsync("""{"payload":1}""", ("Idempotency-Key", "race"))));

        Assert.All(answers, answer => answer.Is(202));
        Assert.Single(answers.Select(answer => answer.Id).Distinct());
        Assert.Single(answers, answer => !answer["idempotentHit"].GetBoolean());
    }

    [Fact]
    public void The_hash_sees_every_field_and_confuses_none()
    {
        string[] bodies =
        [
            """{"payload":1}""", """{"payload":1.0}""", """{"payload":"1"}""", """{"payload":1,"target":"x"}""", """{"payload":1,"clientMessageId":"x"}""",
            """{"payload":1,"correlationId":"x"}""", """{"payload":1,"source":"x"}""", """{"payload":1,"orderingKey":"x"}""", """{"payload":1,"priority":"low"}""",
            """{"payload":1,"tags":["x"]}""", """{"payload":1,"tags":["x","x"]}""", """{"payload":1,"tags":["xx"]}""", """{"payload":1,"delayMs":1}""",
            """{"payload":1,"delayMs":2}""", """{"payload":1,"deliverAt":"2099-01-01T00:00:00Z"}""", """{"payload":1,"expiresAt":"2099-01-01T00:00:00Z"}""",
            """{"payload":1,"retry":{"maxRetries":1}}""", """{"payload":1,"retry":{"baseBackoffMs":1}}""", """{"payload":1,"retry":{"maxBackoffMs":1}}""",
            """{"payload":1,"retry":{"jitterPercent":1}}""",
        ];

        Assert.Equal(bodies.Length, bodies.Select(Hash).Distinct().Count());
        Assert.Equal(Hash("""{"payload":1,"source":"é","tags":["a"]}"""), Hash("""{ "tags":["\u0061"], "source":"\u00e9", "payload":1, "target":null }"""));
    }

    [Fact]
    public void The_hash_is_stable_because_it_is_stored() =>
        Assert.Equal("4c2edf5e4e4d558e434e3ddb75a5a930679be1c615a7178983574557edc2d524", Hash("""{"payload":{"a":1},"source":"s","tags":["t"],"delayMs":5}"""));

    private static string Hash(string body) => RequestHash.Of(SubmitReader.Parse(System.Text.Encoding.UTF8.GetBytes(body), 64, 32));
}
