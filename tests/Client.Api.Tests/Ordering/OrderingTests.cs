using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Ordering;

/// <summary>Ordering keys and their lanes over HTTP: DE8, DE8b.</summary>
[Trait("Spec", "DE8")]
public sealed class OrderingTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_lane_that_a_dead_letter_holds_up_is_seen_and_freed()
    {
        var (target, ids) = await HoldUpAsync("held up");
        var list = await _api.GetAsync($"/api/ordering/lanes?target={target}&blocked=true");
        var lane = Assert.Single(list.Is(200)["data"].EnumerateArray());
        Assert.Equal(3, lane.GetProperty("length").GetInt64());
        Assert.Equal(ids[0], lane.GetProperty("headMessageId").GetString());
        Assert.InRange(lane.GetProperty("partition").GetInt32(), 0, 15);
        var one = await _api.GetAsync($"/api/ordering/lane?target={target}&orderingKey=held%20up");
        Assert.True(one["blocked"].GetBoolean());
        Assert.Equal(ids, one["messages"].EnumerateArray().Select(id => id.GetString()));
        Assert.Equal("parked", (await _api.GetAsync("/api/messages/" + ids[1])).State);
        var explained = (await _api.GetAsync($"/api/messages/{ids[1]}/explain")).Is(200);
        Assert.Equal("parked", explained.State);
        Assert.Equal(ids[0], explained["reasons"][0].GetProperty("blockingMessageId").GetString());

        var skip = $"/api/ordering/lane/skip?target={target}&orderingKey=held%20up";
        (await _api.PostAsync(skip, $$"""{"messageId":"{{ids[1]}}","reason":"r"}""")).IsProblem(409, "other-message");
        (await _api.PostAsync(skip, """{"reason":"r"}""")).IsProblem(400, "validation").Names("messageId");
        (await _api.PostAsync(skip, $$"""{"messageId":"{{ids[0]}}"}""")).IsProblem(400, "validation").Names("reason");
        var skipped = await _api.PostAsync(skip, $$"""{"messageId":"{{ids[0]}}","reason":"void"}""", ("X-Operator", "ann"));
        Assert.Equal(ids[0], skipped.Is(200).Id);
        foreach (var id in ids[1..]) await _api.UntilStateAsync(id, "delivered");
        (await _api.PostAsync(skip, $$"""{"messageId":"{{ids[0]}}","reason":"void"}""")).IsProblem(409, "lane-not-blocked");

        var act = (await _api.GetAsync("/api/audit?act=lane.skip&outcome=done"))["data"].EnumerateArray().First();
        Assert.Equal("void", act.GetProperty("reason").GetString());
        Assert.Contains(ids[0], act.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discarding_the_dead_letter_frees_the_lane()
    {
        var (_, ids) = await HoldUpAsync("discarded");
        (await _api.PostAsync($"/api/dlq/{ids[0]}/discard", """{"reason":"void"}""")).Is(200);
        foreach (var id in ids[1..]) await _api.UntilStateAsync(id, "delivered");
    }

    [Fact]
    public async Task An_unblock_frees_the_lane_whatever_holds_it_up()
    {
        var (target, ids) = await HoldUpAsync("unblocked");
        var unblock = $"/api/ordering/lane/unblock?target={target}&orderingKey=unblocked";
        (await _api.PostAsync(unblock, "{}")).IsProblem(400, "validation").Names("reason");
        Assert.Equal(ids[0], (await _api.PostAsync(unblock, """{"reason":"go on"}""")).Is(200).Id);
        foreach (var id in ids[1..]) await _api.UntilStateAsync(id, "delivered");
    }

    [Fact]
    public async Task Lanes_are_listed_page_by_page()
    {
        var (target, _) = await HoldUpAsync("a");
        await HoldUpAsync("b", target);
        await HoldUpAsync("c", target);
        var keys = new List<string?>();
        var path = $"/api/ordering/lanes?target={target}&pageSize=2";
        var page = (await _api.GetAsync(path)).Is(200);
        keys.AddRange(page["data"].EnumerateArray().Select(lane => lane.GetProperty("orderingKey").GetString()));
        Assert.Equal(2, keys.Count);
        page = (await _api.GetAsync($"{path}&cursor={page["nextCursor"].GetString()}")).Is(200);
        keys.AddRange(page["data"].EnumerateArray().Select(lane => lane.GetProperty("orderingKey").GetString()));
        Assert.Equal(["a", "b", "c"], keys);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, page["nextCursor"].ValueKind);
    }

    [Fact]
    public async Task What_cannot_be_understood_is_refused_by_name()
    {
        (await _api.GetAsync("/api/ordering/lanes?blocked=maybe")).IsProblem(400, "validation").Names("blocked");
        (await _api.GetAsync("/api/ordering/lanes?cursor=!")).IsProblem(400, "validation").Names("cursor");
        (await _api.GetAsync("/api/ordering/lanes?colour=red")).IsProblem(400, "validation").Names("colour");
        (await _api.GetAsync("/api/ordering/lane?target=a")).IsProblem(400, "validation").Names("orderingKey");
        (await _api.GetAsync("/api/ordering/lane?target=a&orderingKey=b")).IsProblem(404, "lane-not-found");
        (await _api.PutAsync("/api/downstreams/odd", """{"kind":"simulated","onDeadLetter":"stop"}""")).Is(400);
    }

    [Fact]
    public async Task A_batch_is_accepted_in_its_own_order()
    {
        var (target, _) = await HoldUpAsync("batch");
        var messages = string.Join(',', Enumerable.Range(0, 20).Select(n => $$"""{"target":"{{target}}","orderingKey":"batch","payload":{{n}}}"""));
        var batch = (await _api.PostAsync("/api/messages/batch", $$"""{"messages":[{{messages}}]}""")).Is(202);
        var ids = batch["data"].EnumerateArray().Select(item => item.GetProperty("messageId").GetString());
        var lane = await _api.GetAsync($"/api/ordering/lane?target={target}&orderingKey=batch");
        Assert.Equal(ids, lane["messages"].EnumerateArray().Skip(3).Select(id => id.GetString()));
    }

    [Fact]
    public async Task A_lane_that_is_full_refuses_with_503()
    {
        await using var host = await ApiHost.StartAsync("Ordering:MaxLaneLength=2");
        (await host.Api.PostAsync("/admin/delivery/pause")).Is(200);
        const string message = """{"orderingKey":"k","payload":1}""";
        for (var i = 0; i < 2; i++) (await host.Api.SubmitAsync(message)).Is(202);
        (await host.Api.SubmitAsync(message)).IsProblem(503, "ordering-lane-full");
        (await host.Api.SubmitAsync("""{"orderingKey":"other","payload":1}""")).Is(202);
    }

    /// <summary>Three messages of a key, the first of which is dead-lettered while the others wait; at a downstream of its own unless one is given.</summary>
    private async Task<(string Target, string[] Ids)> HoldUpAsync(string key, string? target = null)
    {
        target ??= $"t{Guid.NewGuid():N}";
        return (target, await _api.HoldUpAsync(target, key));
    }
}
