using System.Net.Mime;
using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using Microsoft.AspNetCore.Http.Metadata;

namespace DlqCluster.Api.OpenApi;

/// <summary>
/// Says beside an endpoint's mapping what the API document tells of it: what it takes, what it answers and with what it may refuse, each
/// with an example. A test fails for an endpoint that lacks any of these.
/// </summary>
internal static class Documentation
{
    /// <summary>Names an endpoint and the statuses of refusals that need no words of their own.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="name">Its name, unique.</param>
    /// <param name="summary">What it does.</param>
    /// <param name="refusals">The statuses that mean what they mean everywhere; <see cref="Refuses"/> adds what they mean only here.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string name, string summary, params ReadOnlySpan<int> refusals)
    {
        route.WithName(name).WithSummary(summary);
        foreach (var status in refusals) route.WithMetadata(Refusal(status), new UsualRefusal(status));
        return route;
    }

    /// <summary>Says more about an endpoint.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="text">Sentences.</param>
    public static RouteHandlerBuilder Details(this RouteHandlerBuilder route, string text) => route.WithDescription(text);

    /// <summary>Names what an endpoint reads from the query and from headers.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="inputs">It.</param>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, params Input[] inputs) => route.WithMetadata(new InputMetadata(inputs));

    /// <summary>Names the body that an endpoint reads.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="route">The endpoint.</param>
    /// <param name="sample">An example, as JSON.</param>
    /// <param name="optional">Whether it may be absent.</param>
    /// <param name="mediaType">Its media type.</param>
    public static RouteHandlerBuilder TakesBody<T>(
        this RouteHandlerBuilder route, string sample, bool optional = false, string mediaType = MediaTypeNames.Application.Json) =>
        route.WithMetadata(new AcceptsMetadata([mediaType], typeof(T), optional), new BodySample(mediaType, sample));

    /// <summary>Says that an endpoint also reads a body of lines, each of which is JSON.</summary>
    /// <typeparam name="T">The type of the body that is not of lines.</typeparam>
    /// <param name="route">The endpoint.</param>
    /// <param name="sample">An example.</param>
    public static RouteHandlerBuilder TakesLines<T>(this RouteHandlerBuilder route, string sample) =>
        // The last one decides what is let in.
        route.WithMetadata(new AcceptsMetadata([MediaTypeNames.Application.Json, MediaTypes.NdJson], typeof(T)), new BodySample(MediaTypes.NdJson, sample));

    /// <summary>Gives an example of an answer.</summary>
    /// <typeparam name="T">The answer's type.</typeparam>
    /// <param name="route">The endpoint.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="sample">The example.</param>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status, T sample) =>
        route.WithMetadata(new AnswerSample(status, Samples.Json(sample)));

    /// <summary>Gives an answer that no type tells: its status, media type and an example.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="status">The status.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="sample">The example.</param>
    public static RouteHandlerBuilder AnswersText(this RouteHandlerBuilder route, int status, string mediaType, string sample) =>
        route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(string), [mediaType]), new AnswerSample(status, sample));

    /// <summary>Gives the refusals that are an endpoint's own.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="problems">Each as it is sent.</param>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params ApiProblem[] problems)
    {
        foreach (var status in problems.Select(problem => problem.Status).Distinct()) route.WithMetadata(Refusal(status));
        return route.WithMetadata(new RefusalSamples(problems));
    }

    /// <summary>A status with a problem document.</summary>
    /// <param name="status">The status.</param>
    public static ProducesResponseTypeMetadata Refusal(int status) => new(status, typeof(ProblemDocument), [MediaTypeNames.Application.ProblemJson]);
}

/// <summary>An example of a body.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Sample">The example.</param>
internal sealed record BodySample(string MediaType, string Sample);

/// <summary>An example of an answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Sample">The example.</param>
internal sealed record AnswerSample(int Status, string Sample);

/// <summary>Refusals that are an endpoint's own.</summary>
/// <param name="Problems">They.</param>
internal sealed record RefusalSamples(IReadOnlyList<ApiProblem> Problems);

/// <summary>A refusal that is the same wherever it is met.</summary>
/// <param name="Status">Its status.</param>
internal sealed record UsualRefusal(int Status);
