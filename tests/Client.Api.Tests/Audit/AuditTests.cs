using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Audit;
using DlqCluster.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Api.Tests.Audit;

[Trait("Spec", "DQ8")]
public sealed class AuditTests
{
    private const string Token = "a-token-of-some-length";

    private static readonly (string, string) _bearer = ("Authorization", "Bearer " + Token);

    // What clients do for themselves.
    private static readonly string[] _notActs =
        ["SubmitMessage", "SubmitBatch", "PostConversationMessage", "GiveReceipt", "SubmitNotification", "PutPreferences"];

    [Fact]
    public async Task No_endpoint_that_changes_something_is_forgotten()
    {
        await using var host = await ApiHost.StartAsync();
        var changing = Changing(host);
        var forgotten = changing.Where(endpoint => endpoint.Metadata.GetMetadata<AuditedAct>() is null).Select(NameOf);
        Assert.Equal(_notActs.Order(), forgotten.Order());
        Assert.True(changing.Count > _notActs.Length + 8);
    }

    [Fact]
    public async Task Every_act_is_in_the_list_for_those_who_filter_by_it()
    {
        await using var host = await ApiHost.StartAsync();
        var list = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/api.md"));
        var acts = host.Get<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<AuditedAct>()?.Act).OfType<string>().ToArray();
        Assert.True(acts.Length > 20);
        Assert.All([.. acts, AuditedActs.ReplayDryRun, AuditedActs.DiscardDryRun], act => Assert.Contains($"`{act}`", list, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/api/dlq/replay-batch", "replay.start", "replay.dryRun")]
    [InlineData("/api/dlq/discard-batch", "letter.discardBatch", "letter.discardDryRun")]
    public async Task What_is_only_tried_out_does_not_stand_there_as_done(string path, string act, string trial)
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.PostAsync(path, """{"filter":{"source":"s"},"reason":"because","dryRun":true}""")).Is(200);
        (await host.Api.PostAsync(path, """{"filter":{},"reason":" ","dryRun":true}""")).Is(400);
        Assert.Empty((await host.Api.GetAsync("/api/audit?act=" + act)).Is(200)["data"].EnumerateArray());
        var entries = (await host.Api.GetAsync("/api/audit?act=" + trial)).Is(200)["data"].EnumerateArray().ToArray();
        Assert.Equal(["rejected", "done"], entries.Select(entry => entry.GetProperty("outcome").GetString()));
        Assert.Contains("source=s", entries[1].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("because", entries[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Every_audited_endpoint_records_what_it_refuses_and_what_it_lets_through()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        foreach (var endpoint in Changing(host))
        {
            if (endpoint.Metadata.GetMetadata<AuditedAct>() is not { } act) continue;
            var verb = new HttpMethod(endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]);
            var path = endpoint.RoutePattern.RawText!.Replace("{id}", "x", StringComparison.Ordinal).Replace("{name}", "x", StringComparison.Ordinal);

            var refused = await host.Api.SendAsync(verb, path, Body(endpoint), ("X-Operator", "mallory"), ("Sec-Fetch-Site", "cross-site"));
            Assert.True(refused.Status is 401 or 403, $"{path}: {refused}");
            var entry = await NewestAsync(host, "anonymous");
            Assert.Equal((act.Act, "anonymous", "none", "refused", refused.Status), Essence(entry));

            var let = await host.Api.SendAsync(verb, path, Body(endpoint), _bearer, ("X-Operator", "ann"), ("X-Reason", "because"));
            entry = await NewestAsync(host, "ann");
            Assert.Equal((act.Act, "ann", "token", let.Status < 300 ? "done" : "rejected", let.Status), Essence(entry));
            Assert.Equal("127.0.0.1", entry.GetProperty("from").GetString());
            Assert.Equal("because", entry.GetProperty("reason").GetString());
        }
    }

    [Fact]
    public async Task An_entry_says_who_did_what_on_what_why_and_how_it_ended()
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.PostAsync("/admin/circuit-breaker/force-open?name=default", """{"reason":"disk\nfull"}""", ("X-Operator", "ann"), ("X-Reason", "no"))).IsProblem(400, "validation");
        (await host.Api.PostAsync("/admin/circuit-breaker/force-open?name=default", """{"reason":"disk full"}""", ("X-Operator", "ann"), ("X-Reason", "no"))).Is(200);
        (await host.Api.PostAsync("/admin/dlq/reclaim-stale")).Is(200);
        (await host.Api.SendAsync(HttpMethod.Delete, "/api/downstreams/nowhere", "{}", ("X-Reason", "tidy"))).Is(404);

        var entries = (await host.Api.GetAsync("/api/audit")).Is(200)["data"].EnumerateArray().ToArray();

        Assert.Equal(["downstream.delete", "letter.reclaimStale", "breaker.forceOpen", "breaker.forceOpen"], entries.Select(Act));
        Assert.Equal(["nowhere", null, "default", "default"], entries.Select(entry => entry.GetProperty("subject").GetString()));
        Assert.Equal(["rejected", "done", "done", "rejected"], entries.Select(entry => entry.GetProperty("outcome").GetString()));
        Assert.Equal(["tidy", null, "disk full", "disk full"], entries.Select(entry => entry.GetProperty("reason").GetString()));
        Assert.Equal(["admin", "admin", "ann", "ann"], entries.Select(entry => entry.GetProperty("who").GetString()));
        Assert.Equal(0, entries[1].GetProperty("count").GetInt64());
        Assert.StartsWith("downstream-not-found: ", entries[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.All(entries, entry => Assert.Equal("local", entry.GetProperty("credential").GetString()));
    }

    [Theory]
    [InlineData("ann", "ann")]
    [InlineData("Conor O'Neil", "Conor O'Neil")]
    [InlineData("UTF-8''Zo%C3%AB%20%C5%81ukasz", "Zoë Łukasz")]
    [InlineData("utf-8'ja'%E7%94%B0%E4%B8%AD", "田中")]
    [InlineData("UTF-8'only looks like it", "UTF-8'only looks like it")]
    [InlineData("UTF-8''100%", "100%")]
    [InlineData("UTF-8''two%0Alines", "two lines")]
    public async Task A_name_and_a_reason_in_a_header_may_be_in_any_script(string sent, string meant)
    {
        await using var host = await ApiHost.StartAsync();

        (await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("X-Operator", sent), ("X-Reason", sent))).Is(200);

        var entry = (await host.Api.GetAsync("/api/audit")).Is(200)["data"][0];
        Assert.Equal((meant, meant), (entry.GetProperty("who").GetString(), entry.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Entries_are_filtered_and_paged()
    {
        await using var host = await ApiHost.StartAsync();
        for (var i = 0; i < 5; i++) await host.Api.PostAsync("/admin/dlq/reclaim-stale", null, ("X-Operator", i % 2 == 0 ? "ann" : "bob"));
        (await host.Api.PostAsync("/admin/delivery/pause?name=default")).Is(200);

        async Task<int> CountAsync(string query) => (await host.Api.GetAsync("/api/audit?" + query)).Is(200)["data"].GetArrayLength();

        Assert.Equal(3, await CountAsync("who=ann"));
        Assert.Equal(2, await CountAsync("who=bob&act=letter.reclaimStale"));
        Assert.Equal(1, await CountAsync("subject=default"));
        Assert.Equal(0, await CountAsync("outcome=refused"));
        Assert.Equal(6, await CountAsync("outcome=done&from=2000-01-01T00:00:00Z&to=2200-01-01T00:00:00Z"));
        Assert.Equal(0, await CountAsync("from=2200-01-01T00:00:00Z"));
        var seen = new List<string?>();
        string? cursor = null;
        do
        {
            var page = (await host.Api.GetAsync("/api/audit?pageSize=4" + (cursor is null ? "" : "&cursor=" + cursor))).Is(200);
            seen.AddRange(page["data"].EnumerateArray().Select(entry => entry.GetProperty("id").GetString()));
            cursor = page["nextCursor"].GetString();
        }
        while (cursor is not null);
        Assert.Equal(6, seen.Distinct().Count());
        Assert.Equal(seen.OrderDescending(StringComparer.Ordinal), seen);
    }

    [Theory]
    [InlineData("x=1", "x")]
    [InlineData("outcome=good", "outcome")]
    [InlineData("pageSize=501", "pageSize")]
    [InlineData("cursor=1", "cursor")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    public async Task Wrong_parameters_are_named(string query, string parameter)
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Api.GetAsync("/api/audit?" + query)).IsProblem(400, "validation").Names(parameter);
    }

    [Fact]
    public async Task Only_operators_read_it()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}");
        (await host.Api.GetAsync("/api/audit")).IsProblem(401, "unauthorized");
        (await host.Api.SendAsync(HttpMethod.Get, "/api/audit", headers: _bearer)).Is(200);
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_not_done()
    {
        var log = new FailingLog { FailAppend = true };
        await using var host = await ApiHost.StartAsync(builder => builder.Services.Decorate<IAuditLog>(inner => log.Around(inner)));

        (await host.Api.PostAsync("/admin/delivery/pause?name=default")).IsProblem(503, "storage-unavailable");
        Assert.False((await host.Api.GetAsync("/api/downstreams/default"))["paused"].GetBoolean());

        log.FailAppend = false;
        (await host.Api.PostAsync("/admin/delivery/pause?name=default")).Is(200);
        Assert.True((await host.Api.GetAsync("/api/downstreams/default"))["paused"].GetBoolean());
    }

    [Fact]
    public async Task An_act_whose_end_could_not_be_recorded_stays_in_the_record_as_begun()
    {
        var log = new FailingLog { FailComplete = true };
        await using var host = await ApiHost.StartAsync(builder => builder.Services.Decorate<IAuditLog>(inner => log.Around(inner)));
        (await host.Api.PostAsync("/admin/delivery/pause?name=default")).Is(200);
        var entry = await NewestAsync(host);
        Assert.Equal("begun", entry.GetProperty("outcome").GetString());
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("status").ValueKind);
    }

    [Fact]
    public async Task Refusals_that_come_too_fast_are_counted_and_leave_room_for_others()
    {
        await using var host = await ApiHost.StartAsync($"Security:AdminToken={Token}", "Audit:MaxRefusalsPerMinute=2");
        for (var i = 0; i < 6; i++) (await host.Api.PostAsync("/admin/delivery/pause?name=default")).Is(401);
        var list = (await host.Api.SendAsync(HttpMethod.Get, "/api/audit?outcome=refused", headers: _bearer)).Is(200);
        Assert.Equal(2, list["data"].GetArrayLength());
    }

    [Fact]
    public void The_budget_of_refusals_comes_back_each_minute_and_tells_what_it_left_out()
    {
        var budget = new RefusalBudget(1);
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.True(budget.TryTake(now, out _));
        Assert.False(budget.TryTake(now.AddSeconds(59), out _));
        Assert.False(budget.TryTake(now.AddSeconds(59), out _));
        Assert.True(budget.TryTake(now.AddSeconds(60), out var omitted));
        Assert.Equal(2, omitted);
        Assert.True(budget.TryTake(now.AddSeconds(-1), out omitted));
        Assert.Equal(0, omitted);
    }

    [Fact]
    public async Task What_is_too_old_or_too_much_is_removed_in_batches()
    {
        await using var host = await ApiHost.StartAsync("Audit:PurgeBatch=2", "Audit:MaxEntries=1000");
        var log = host.Get<IAuditLog>();
        var old = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 5; i++)
        {
            var at = old.AddSeconds(i);
            var id = Guid.Parse(DlqCluster.Messages.MessageId.CreateVersion7(at, new byte[10]).Value);
            await log.AppendAsync(new AuditEntry { Id = id, At = at, Who = "ann", Credential = "token", Act = "x" });
        }

        (await host.Api.PostAsync("/admin/dlq/reclaim-stale")).Is(200);
        var keeper = host.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<AuditKeeper>().Single();
        Assert.Equal(5, await keeper.PurgeAsync(CancellationToken.None));
        Assert.Single((await log.QueryAsync(new AuditQuery())).Entries);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static List<RouteEndpoint> Changing(ApiHost host) =>
    [
        .. host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint =>
            endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Any(method => method is not ("GET" or "HEAD")) == true),
    ];

    // Of the type that the endpoint takes: routing lets no other through.
    private static StringContent Body(Endpoint endpoint) => new(
        "{}", Encoding.UTF8, endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0] ?? "application/json");

    private static string? NameOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;

    private static string? Act(JsonElement entry) => entry.GetProperty("act").GetString();

    private static (string?, string?, string?, string?, int) Essence(JsonElement entry) => (
        Act(entry), entry.GetProperty("who").GetString(), entry.GetProperty("credential").GetString(), entry.GetProperty("outcome").GetString(),
        entry.GetProperty("status").GetInt32());

    private static async Task<JsonElement> NewestAsync(ApiHost host, string? who = null) =>
        (await host.Api.SendAsync(HttpMethod.Get, "/api/audit?pageSize=1" + (who is null ? "" : $"&who={who}"), headers: who is null ? [] : [_bearer])).Is(200)["data"][0];

    private sealed class FailingLog : IAuditLog
    {
        private IAuditLog? _inner;

        public bool FailAppend { get; set; }

        public bool FailComplete { get; set; }

        public FailingLog Around(IAuditLog inner)
        {
            _inner = inner;
            return this;
        }

        public Task AppendAsync(AuditEntry entry) => FailAppend ? throw new StorageUnavailableException("away") : _inner!.AppendAsync(entry);

        public Task<bool> CompleteAsync(AuditEntry entry) =>
            FailComplete ? throw new StorageUnavailableException("away") : _inner!.CompleteAsync(entry);

        public Task<AuditPage> QueryAsync(AuditQuery query) => _inner!.QueryAsync(query);

        public Task<int> PurgeAsync(DateTimeOffset before, long keep, int limit) => _inner!.PurgeAsync(before, keep, limit);
    }
}
