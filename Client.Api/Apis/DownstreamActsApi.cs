using System.Security.Cryptography;
using DlqCluster.Api.Audit;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Json;
using DlqCluster.Api.Problems;
using DlqCluster.Downstreams;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Api.Apis;

/// <summary>What people do with a downstream beside defining it: try it, and give it another secret.</summary>
internal static class DownstreamActsApi
{
    private const string SecretPrefix = "whsec_";
    private const int SecretBytes = 32;
    private const int MaxSecrets = 2;

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var downstreams = routes.MapGroup("/api/downstreams/{name}").WithTags("Downstreams");
        downstreams.MapPost("/trial", TryAsync).Audited("downstream.trial", "name")
            .Describe("TryDownstream", "Sends one request to a downstream now, and says what it answered.", 400, 413, 415, 503)
            .Details("Nothing is stored, retried or counted: neither the circuit breaker nor a pause is asked.")
            .TakesBody<TrialRequest>(Samples.TrialBody, optional: true).Answers(200, Samples.Trial)
            .Refuses(Problem.NoDownstream("shopp"), Problem.Locked("shop"));
        downstreams.MapPost("/rotate-secret", RotateAsync).Audited("downstream.rotateSecret", "name")
            .Describe("RotateSecret", "Gives a downstream a new signing secret, beside the newest one that it has.", 503)
            .Details("Both sign until the next rotation. The answer is the only place where the new secret is ever shown.")
            .Answers(200, Samples.Rotated).Refuses(Problem.NoDownstream("shopp"), Problem.Locked("shop"));
    }

    private static async Task<Results<Ok<TrialAnswer>, ApiProblem>> TryAsync(
        string name, HttpRequest request, MessageRules rules, IDownstreamDirectory directory, IDownstreamSender sender, Trials trials)
    {
        var (trial, problem) = await JsonBody.ReadAsync(request, ApiJson.Context.TrialRequest, rules.Limits, new TrialRequest());
        if (problem is not null) return problem;
        if (!(await directory.RefreshAsync()).Entries.TryGetValue(name, out var entry)) return Problem.NoDownstream(name);
        if (entry.IsLocked) return Problem.Locked(name);
        var message = trials.Make(name, trial!.Payload ?? Payload.Parse("""{"trial":true}"""));
        var since = trials.Timestamp();
        var result = await sender.SendAsync(entry.Definition, message, request.HttpContext.RequestAborted);
        var failed = result.Outcome != AttemptOutcome.Delivered;
        return TypedResults.Ok(new TrialAnswer(
            message.MessageId, result.Outcome, result.StatusCode, failed ? result.ErrorType : null, result.Error, result.Detail, trials.ElapsedMs(since)));
    }

    private static async Task<Results<Ok<RotatedAnswer>, ApiProblem>> RotateAsync(string name, IDownstreamDirectory directory, IGrainFactory grains)
    {
        if (!(await directory.RefreshAsync()).Entries.TryGetValue(name, out var entry)) return Problem.NoDownstream(name);
        if (entry.IsLocked) return Problem.Locked(name);
        var secret = SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));
        string[] secrets = [secret, .. entry.Definition.SigningSecrets.Take(MaxSecrets - 1)];
        await grains.GetGrain<IDownstreamCatalogGrain>(0).Put(entry.Definition with { SigningSecrets = secrets });
        await directory.RefreshAsync();
        return TypedResults.Ok(new RotatedAnswer(name, secret, secrets.Length));
    }
}

/// <summary>Makes requests that belong to no message.</summary>
/// <param name="ids">Makes their ids.</param>
/// <param name="time">The clock.</param>
internal sealed class Trials(MessageIds ids, TimeProvider time)
{
    /// <summary>Makes one.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="payload">What it carries.</param>
    public OutgoingMessage Make(string target, Payload payload)
    {
        var now = time.GetUtcNow();
        return new OutgoingMessage(ids.New(), new Envelope { Payload = payload, Target = target, AcceptedAt = now }, Attempt: 1, now);
    }

    /// <summary>Now.</summary>
    public long Timestamp() => time.GetTimestamp();

    /// <summary>How long ago that was, in milliseconds.</summary>
    /// <param name="since">That.</param>
    public double ElapsedMs(long since) => Math.Round(time.GetElapsedTime(since).TotalMilliseconds, 3);
}
