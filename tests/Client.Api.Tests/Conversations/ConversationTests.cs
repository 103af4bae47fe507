using System.Text.Json;
using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Conversations;

/// <summary>Conversations and receipts over HTTP: CN1, CN2.</summary>
[Trait("Spec", "CN1")]
public sealed class ConversationTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Hits = "idempotency_hit_total{operation=\"ingress\"}";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_message_is_accepted_once_delivered_in_its_envelope_and_has_a_receipt_for_each_recipient()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var host = await ApiHost.StartAsync("Conversations:Target=chat", "Downstreams:chat:Kind=http", $"Downstreams:chat:Url={receiver.Url}");
        const string body = """{"senderId":"ann","content":{"n":1, "text":"hi"},"contentType":"application/json","clientMessageId":"one","recipientIds":["bob","cleo"]}""";
        var first = (await host.Api.PostAsync("/api/conversations/c%201/messages", body)).Is(202);
        Assert.False(first["idempotentHit"].GetBoolean());
        var again = (await host.Api.PostAsync("/api/conversations/c%201/messages", body)).Is(202);
        Assert.Equal(first.Id, again.Id);
        Assert.True(again["idempotentHit"].GetBoolean());
        Assert.Equal(1, Exposition.Parse((await host.Api.GetAsync("/metrics")).Text)[Hits]);
        await host.Api.UntilStateAsync(first.Id, "delivered");
        var delivered = JsonDocument.Parse(Assert.Single(receiver.Bodies)).RootElement;
        Assert.Equal("""{"conversationId":"c 1","senderId":"ann","recipientIds":["bob","cleo"],"contentType":"application/json","content":{"n":1, "text":"hi"}}""", delivered.GetRawText());
        var view = (await host.Api.GetAsync("/api/messages/" + first.Id))["conversation"];
        Assert.Equal("c 1", view.GetProperty("conversationId").GetString());
        Assert.Equal(["pending", "pending"], await StatesAsync(host.Api, first.Id));
    }

    [Fact]
    public async Task A_senders_key_is_its_own_and_belongs_to_one_message()
    {
        var first = await PostAsync("ann", "k1");
        Assert.NotEqual(first.Id, (await PostAsync("bea", "k1")).Id);
        (await _api.PostAsync("/api/conversations/c/messages", Body("ann", "k1").Replace("hello", "other", StringComparison.Ordinal))).IsProblem(422, "idempotency-key-reused");
        var plain = await _api.SubmitAsync("""{"payload":1,"source":"ann","clientMessageId":"k1"}""");
        Assert.NotEqual(first.Id, plain.Is(202).Id);
    }

    [Fact]
    [Trait("Spec", "CN2")]
    public async Task A_receipt_moves_forward_only_and_to_give_it_again_changes_nothing()
    {
        var id = (await PostAsync("ann", null)).Id;
        var path = $"/api/messages/{id}/receipts";
        Assert.Equal("delivered", (await _api.PostAsync(path, """{"userId":"bob","state":"delivered"}""")).Is(200).State);
        var read = (await _api.PostAsync(path, """{"userId":"bob","state":"read"}""")).Is(200);
        Assert.Equal(read.Text, (await _api.PostAsync(path, """{"userId":"bob","state":"delivered"}""")).Is(200).Text);
        Assert.Equal(read.Text, (await _api.PostAsync(path, """{"userId":"bob","state":"read"}""")).Is(200).Text);
        Assert.Equal(["read", "pending"], await StatesAsync(_api, id));
    }

    [Fact]
    public async Task What_is_wrong_is_named()
    {
        var id = (await PostAsync("ann", null)).Id;
        var path = $"/api/messages/{id}/receipts";
        (await _api.PostAsync(path, """{"userId":"zoe","state":"read"}""")).IsProblem(422, "not-a-recipient").Names("userId");
        (await _api.PostAsync(path, """{"userId":"bob","state":"pending"}""")).IsProblem(400, "validation").Names("state");
        (await _api.PostAsync(path, """{"state":"read"}""")).IsProblem(400, "validation").Names("userId");
        (await _api.PostAsync(path, """{"userId":"bob","state":"read","x":1}""")).IsProblem(400, "validation").Names("x");
        var unknown = $"/api/messages/{Guid.NewGuid()}/receipts";
        (await _api.PostAsync(unknown, """{"userId":"bob","state":"read"}""")).IsProblem(404, "message-not-found");
        (await _api.GetAsync(unknown)).IsProblem(404, "message-not-found");
        const string post = "/api/conversations/c/messages";
        (await _api.PostAsync(post, """{"content":1,"recipientIds":["bob"]}""")).IsProblem(400, "validation").Names("senderId");
        (await _api.PostAsync(post, """{"senderId":"ann","recipientIds":["bob"]}""")).IsProblem(400, "validation").Names("content");
        (await _api.PostAsync(post, """{"senderId":"ann","content":1}""")).IsProblem(400, "validation").Names("recipientIds");
        (await _api.PostAsync(post, """{"senderId":"ann","content":1,"recipientIds":["bob","bob"]}""")).IsProblem(400, "validation").Names("recipientIds[1]");
        var many = string.Join(',', Enumerable.Range(0, 300).Select(static number => $"\"u{number}\""));
        (await _api.PostAsync(post, $$"""{"senderId":"ann","content":1,"recipientIds":[{{many}}]}""")).IsProblem(400, "validation").Names("recipientIds");
    }

    [Fact]
    public async Task A_message_that_is_part_of_no_conversation_has_no_receipts()
    {
        var id = (await _api.SubmitAsync("""{"payload":1}""")).Is(202).Id;
        Assert.Empty(await StatesAsync(_api, id));
    }

    private static string Body(string sender, string? key) =>
        $$"""{"senderId":"{{sender}}","content":"hello","recipientIds":["bob","cleo"]{{(key is null ? "" : $",\"clientMessageId\":\"{key}\"")}}}""";

    private async Task<Answer> PostAsync(string sender, string? key) => (await _api.PostAsync("/api/conversations/c/messages", Body(sender, key))).Is(202);

    private static async Task<IEnumerable<string?>> StatesAsync(ApiClient api, string id) =>
        (await api.GetAsync($"/api/messages/{id}/receipts")).Is(200)["data"].EnumerateArray().Select(receipt => receipt.GetProperty("state").GetString()).ToArray();
}
