using System.Collections.Concurrent;
using DlqCluster.Api.Tests.OpenApi;
using DlqCluster.Api.Tests.Support;
using DlqCluster.Cli.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DlqCluster.Cli.Tests;

/// <summary>The commands and the API's document agree.</summary>
public sealed class CoverageTests
{
    // What browsers and other programs ask for, and people have another command for.
    private static readonly string[] _notForPeople =
        ["BeginSession", "EndSession", "GetMetrics", "GetLiveness", "GetReadiness", "GetResources", "FollowEvents", "SkipInLane", "PostConversationMessage", "GiveReceipt", "ListReceipts", "SubmitNotification", "PutPreferences", "GetPreferences"];

    private static readonly string[] _commands =
    [
        "send 1 --id two", "get {id}", "explain {id}", "cancel {later}", "send --file -", "list", "show {id}", "stats", "groups", "groups mark {id} --by source --owner ann",
        "note {id} seen", "discard {id} --reason void", "reopen {id}", "edit {id} --payload 1", "discard --source nobody --reason void --dry-run",
        "replay --all --yes --detach", "replays", "replays show {job}", "replays pause {job}", "replays resume {job}", "replays cancel {job}",
        "export", "import -", "breaker", "breaker show default", "breaker open default --reason test", "breaker close default --reason test", "breaker disable default --reason test", "breaker count-only default --reason test", "breaker reset default",
        "downstream", "downstream set other --target-url http://127.0.0.1:9/", "downstream show other", "downstream try default", "downstream rotate-secret other", "downstream delete other --reason gone",
        "lanes", "lanes show default key", "lanes unblock default key --reason test", "pause", "resume", "reclaim", "audit", "config", "me", "keys", "keys create ci --role read", "keys revoke 00ff00ff00ff00ff", "backup -o /dev/null", "health", "actors", "watch --count 1",
    ];

    private readonly ConcurrentDictionary<string, byte> _asked = new(StringComparer.Ordinal);

    [Fact]
    [Trait("Spec", "UI2")]
    public async Task Every_operation_of_the_api_has_a_command_and_no_command_asks_for_another()
    {
        await using var host = await ApiHost.StartAsync(Watch, "Retry:MaxRetries=0");
        var (id, later, job) = await PrepareAsync(host);
        foreach (var command in _commands)
        {
            var words = command.Split(' ').Select(word => word.Replace("{id}", id, StringComparison.Ordinal).Replace("{later}", later, StringComparison.Ordinal).Replace("{job}", job, StringComparison.Ordinal));
            var ended = await new Dlq(host.Api.Address) { Input = "{\"payload\":1}" }.RunAsync([.. words]);
            Assert.True(ended.Code is ExitCode.Done or ExitCode.Refused or ExitCode.NotFound or ExitCode.Failed, $"{command}: {ended}");
        }

        var document = Document.Parse((await host.Api.GetAsync("/openapi/v1.json")).Is(200).Text);
        var known = document.Operations.ToDictionary(operation => operation.Name, operation => operation.Id, StringComparer.Ordinal);
        Assert.Equal([], _asked.Keys.Where(name => !known.ContainsKey(name) && !name.EndsWith("/openapi/v1.json", StringComparison.Ordinal)));
        Assert.Equal([], known.Where(pair => !_asked.ContainsKey(pair.Key) && !_notForPeople.Contains(pair.Value)).Select(pair => pair.Value));
    }

    private static async Task<(string Id, string Later, string Job)> PrepareAsync(ApiHost host)
    {
        var sent = await host.Api.SubmitAsync("""{"payload":{"simulateError":true,"errorType":"CLIENT_ERROR"},"source":"one"}""");
        await host.Api.UntilStateAsync(sent.Is(202).Id, "deadLettered");
        var later = await host.Api.SubmitAsync("""{"payload":1,"delayMs":3600000}""");
        var job = await host.Api.PostAsync("/api/dlq/replay-batch", """{"filter":{}}""");
        await host.Api.UntilStateAsync(sent.Id, "deadLettered");
        return (sent.Id, later.Is(202).Id, job.Is(202)["jobId"].GetString()!);
    }

    private void Watch(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(new Watcher(_asked));

    private sealed class Watcher(ConcurrentDictionary<string, byte> asked) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                await rest();
                if (context.Request.Headers.UserAgent.ToString().StartsWith("dlq/", StringComparison.Ordinal) && context.GetEndpoint() is RouteEndpoint route)
                    asked.TryAdd($"{context.Request.Method} /{route.RoutePattern.RawText!.Trim('/')}", 0);
            });
            next(app);
        };
    }
}
