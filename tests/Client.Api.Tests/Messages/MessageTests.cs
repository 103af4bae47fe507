using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Messages;

public sealed class MessageTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Theory]
    [InlineData("0198c0de-0000-7000-8000-000000000000")]
    [InlineData("not-an-id")]
    public async Task What_is_not_known_is_not_found(string id)
    {
        (await _api.GetAsync("/api/messages/" + id)).IsProblem(404, "message-not-found");
        (await _api.DeleteAsync("/api/messages/" + id)).IsProblem(404, "message-not-found");
    }

    [Fact]
    public async Task A_scheduled_message_waits_and_can_be_cancelled_once()
    {
        var sent = await _api.SubmitAsync("""{"payload":1,"delayMs":600000}""");
        Assert.Equal("scheduled", sent.Is(202).State);
        var view = await _api.GetAsync("/api/messages/" + sent.Id);
        Assert.NotNull(view["nextAttemptAt"].GetString());

        Assert.Equal("cancelled", (await _api.DeleteAsync("/api/messages/" + sent.Id)).Is(200).State);
        Assert.Equal("cancelled", (await _api.GetAsync("/api/messages/" + sent.Id.ToUpperInvariant())).Is(200).State);
        (await _api.DeleteAsync("/api/messages/" + sent.Id)).IsProblem(409, "message-ended");
    }

    [Fact]
    public async Task A_delayed_message_is_delivered_when_its_time_has_come()
    {
        var sent = await _api.SubmitAsync("""{"payload":1,"delayMs":200}""");

        var view = await _api.UntilStateAsync(sent.Is(202).Id, "delivered");
        Assert.True(view["attempts"][0].GetProperty("startedAt").GetDateTimeOffset() >= view["acceptedAt"].GetDateTimeOffset().AddMilliseconds(199));
    }

    [Fact]
    public async Task A_delivered_message_cannot_be_cancelled()
    {
        var sent = await _api.SubmitAsync("""{"payload":1}""");
        await _api.UntilStateAsync(sent.Id, "delivered");
        (await _api.DeleteAsync("/api/messages/" + sent.Id)).IsProblem(409, "message-ended");
    }

    [Theory]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("PATCH", "/api/messages", 405)]
    [InlineData("GET", "/admin/delivery/pause", 405)]
    [InlineData("DELETE", "/api/dlq/stats", 405)]
    public async Task What_has_no_endpoint_gets_a_problem_document(string method, string path, int status) =>
        (await _api.SendAsync(new HttpMethod(method), path)).IsProblem(status, status == 404 ? "not-found" : "method-not-allowed");
}
