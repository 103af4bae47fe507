using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using DlqCluster.Api.Tests.Support;
using DlqCluster.DeadLetters;
using DlqCluster.Hosting;
using DlqCluster.Sqlite;
using DlqCluster.Storage;
using Microsoft.AspNetCore.Builder;

namespace DlqCluster.Api.Tests.OpenApi;

/// <summary>Every status that the API document names is met. That no other is, <see cref="DocumentedHandler"/> sees to in every test.</summary>
[Trait("Spec", "UI3")]
public sealed class StatusTests
{
    [Fact]
    public async Task Every_documented_status_of_every_operation_is_met()
    {
        var documented = Document.Kept.Operations.SelectMany(operation => operation.Statuses.Select(status => (operation.Name, status))).ToHashSet();
        Assert.True(documented.Count > 400);

        // A service that does its work; one whose stores are gone; one that another changes the same things on; one that keeps its data elsewhere.
        await MeetAsync(documented, null, Provocations.ServeAsync,
            "Retry:MaxRetries=0", "Live:MaxStreams=1", "Replays:MaxRunning=1", "Delivery:MaxDownstreams=3", "Security:MaxFailuresPerMinute=100000");
        var grains = new FailingGrains();
        await MeetAsync(documented, builder => builder.Services.Decorate<IGrainFactory>(grains.Around), async host =>
        {
            host.Get<SqliteStore>().Dispose();
            await Provocations.FailAsync(host.Api, grains.Fail);
            host.Get<DrainState>().Begin();
            (await host.Api.PostAsync("/api/messages/batch", """{"messages":[{"payload":1}]}""")).IsProblem(503, "draining");
            (await host.Api.GetAsync("/api/health")).Is(503);
            (await host.Api.GetAsync("/api/health/ready")).IsProblem(503, "not-ready");
        });
        await MeetAsync(documented, builder => builder.Services.Decorate<ILetterGroups>(Contended.Around), async host =>
            (await host.Api.SendAsync(HttpMethod.Patch, "/api/dlq/groups?by=source&name=web", """{"owner":"ann"}""")).IsProblem(409, "group-changed"));
        await MeetAsync(documented, builder => builder.Services.Remove(builder.Services.Single(service => service.ServiceType == typeof(IDataSnapshots))), async host =>
        {
            (await host.Api.PostAsync("/admin/backup")).IsProblem(501, "backup-elsewhere");
            (await host.Api.GetAsync("/metrics")).IsProblem(404, "metrics-off");
        }, "Metrics:Enabled=false");

        Assert.True(documented.Count == 0, "Never met: " + string.Join(", ", documented));
    }

    private static async Task MeetAsync(HashSet<(string, int)> documented, Action<WebApplicationBuilder>? customise, Func<ApiHost, Task> provoke, params string[] settings)
    {
        await using var host = await ApiHost.StartAsync(customise, settings);
        await provoke(host);
        documented.ExceptWith(host.Api.Seen);
    }

    /// <summary>Reaches all grains, until it fails.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "The proxy derives from it.")]
    private class FailingGrains : DispatchProxy
    {
        private IGrainFactory _inner = null!;
        private FailingGrains _switch = null!;
        private volatile bool _fails;

        public IGrainFactory Around(IGrainFactory inner)
        {
            var grains = Create<IGrainFactory, FailingGrains>();
            (((FailingGrains)(object)grains)._inner, ((FailingGrains)(object)grains)._switch) = (inner, this);
            return grains;
        }

        /// <summary>Fails from now on; false when it did already.</summary>
        public bool Fail() => !_fails && (_fails = true);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            _switch._fails ? throw new SiloUnavailableException("no silo") : targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }

    /// <summary>Groups that others have always just changed.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "The proxy derives from it.")]
    private class Contended : DispatchProxy
    {
        private ILetterGroups _inner = null!;

        public static ILetterGroups Around(ILetterGroups inner)
        {
            var groups = Create<ILetterGroups, Contended>();
            ((Contended)(object)groups)._inner = inner;
            return groups;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(ILetterGroups.PutMarkAsync)
            ? Task.FromResult<long?>(null)
            : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
