using DlqCluster.Api.Json;
using DlqCluster.Api.Security;
using DlqCluster.Messages;
using DlqCluster.Ordering;
using DlqCluster.Security;

namespace DlqCluster.Api.Problems;

/// <summary>Every kind of problem that the API answers with. The types are stable: clients may compare them.</summary>
internal static class Problem
{
    // In seconds: nothing but a person mends it.
    private const int UntilAPersonActed = 60;

    /// <summary>400: fields are wrong.</summary>
    /// <param name="errors">Which, and how.</param>
    public static ApiProblem Invalid(FieldErrors errors) =>
        new(400, "validation", "The request is not valid.", "Correct the fields named in errors and send the request again.") { Errors = errors };

    /// <summary>400: one field is wrong.</summary>
    /// <param name="field">Which.</param>
    /// <param name="error">How.</param>
    public static ApiProblem Invalid(string field, string error)
    {
        var errors = new FieldErrors();
        errors.Add(field, error);
        return Invalid(errors);
    }

    /// <summary>400: the body is not the JSON that is expected.</summary>
    /// <param name="detail">Where and why.</param>
    public static ApiProblem Malformed(string detail) => new(400, "malformed-json", "The body is not valid JSON.", detail);

    /// <summary>401: there is no valid credential.</summary>
    /// <param name="given">Whether there was one at all.</param>
    public static ApiProblem Unauthorized(bool given) =>
        new(401, "unauthorized", "A valid credential is needed.",
            given
                ? "What was sent is neither the admin token nor a valid API key. Send one of them, once, as 'Authorization: Bearer <key>' or 'X-Api-Key: <key>'."
                : "Send an API key or the admin token (ADMIN_TOKEN) as 'Authorization: Bearer <key>'.")
        {
            Authenticate = given ? "Bearer realm=\"dlq\", error=\"invalid_token\"" : "Bearer realm=\"dlq\"",
        };

    /// <summary>401: the session has ended, or its credential has.</summary>
    public static ApiProblem SessionEnded() =>
        new(401, "session-ended", "The session has ended.", "Its time is over, or the API key or admin token that it was made of is no longer valid. Sign in again.")
        {
            Authenticate = "Bearer realm=\"dlq\"",
        };

    /// <summary>403: the credential is valid and not enough.</summary>
    /// <param name="needed">What is.</param>
    /// <param name="caller">Who asks.</param>
    public static ApiProblem RoleNeeded(AccessRole needed, Caller caller) =>
        new(403, "role-needed", "This needs another role.", $"This needs the role {JsonNames<AccessRole>.Names[needed]}; the credential has {JsonNames<AccessRole>.Names[caller.Role]}.")
        {
            Authenticate = "Bearer realm=\"dlq\", error=\"insufficient_scope\"",
        };

    /// <summary>429: too many wrong credentials came from this address.</summary>
    /// <param name="wait">How long it is refused.</param>
    public static ApiProblem TooManyFailures(TimeSpan wait) =>
        new(429, "too-many-failures", "Too many wrong credentials.", "This network address has sent more wrong credentials in a minute than Security:MaxFailuresPerMinute allows.")
        {
            RetryAfterSeconds = Seconds(wait),
        };

    /// <summary>429: the client asks too much.</summary>
    /// <param name="perMinute">How much it may ask.</param>
    /// <param name="wait">When it may ask again.</param>
    public static ApiProblem RateLimited(int perMinute, TimeSpan wait) =>
        new(429, "rate-limited", "Too many requests.", $"This client may make {perMinute} requests a minute (RateLimit:RequestsPerMinute, or the API key's own limit). Nothing was accepted; send it again later.")
        {
            RetryAfterSeconds = Seconds(wait),
        };

    /// <summary>404: there is no such API key.</summary>
    /// <param name="id">The id that was given.</param>
    public static ApiProblem NoKey(string id) =>
        new(404, "key-not-found", "There is no such API key.", $"No API key has the id '{Shorten(id)}'. GET /api/keys lists them.");

    /// <summary>403.</summary>
    /// <param name="detail">Why, and what to do.</param>
    public static ApiProblem Forbidden(string detail) => new(403, "forbidden", "This is not allowed.", detail);

    /// <summary>404: there is no such route.</summary>
    /// <param name="method">What was asked.</param>
    /// <param name="path">Where.</param>
    public static ApiProblem NoRoute(string method, string? path) =>
        new(404, "not-found", "There is nothing here.", $"No endpoint answers {method} {path}.");

    /// <summary>404: nothing is measured.</summary>
    public static ApiProblem MetricsOff() =>
        new(404, "metrics-off", "There are no metrics.", "Metrics are switched off by Metrics:Enabled.");

    /// <summary>404: there is no such message.</summary>
    /// <param name="id">The id that was given.</param>
    public static ApiProblem NoMessage(string id) =>
        new(404, "message-not-found", "There is no such message.", $"No message has the id '{Shorten(id)}', or it ended so long ago that it is forgotten.");

    /// <summary>404: there is no such letter.</summary>
    /// <param name="id">The id that was given.</param>
    public static ApiProblem NoLetter(string id) =>
        new(404, "letter-not-found", "There is no such dead letter.", $"The dead-letter queue has no letter with the id '{Shorten(id)}'.");

    /// <summary>404: there is no such replay job.</summary>
    /// <param name="id">The id that was given.</param>
    public static ApiProblem NoReplay(string id) =>
        new(404, "replay-not-found", "There is no such replay job.", $"No replay job has the id '{Shorten(id)}'. GET /api/replays lists them.");

    /// <summary>404: there is no such downstream.</summary>
    /// <param name="name">The name that was given.</param>
    public static ApiProblem NoDownstream(string name) =>
        new(404, "downstream-not-found", "There is no such downstream.", $"No downstream has the name '{Shorten(name)}'. GET /api/downstreams lists them.");

    /// <summary>404: no message of this ordering key waits.</summary>
    /// <param name="lane">The lane that was asked for.</param>
    public static ApiProblem NoLane(LaneName lane) =>
        new(404, "lane-not-found", "No message of this ordering key waits.",
            $"Nothing with the orderingKey '{Shorten(lane.OrderingKey)}' waits for the target '{Shorten(lane.Target)}' or is on its way there.");

    /// <summary>409: another message holds the lane up.</summary>
    /// <param name="message">Which.</param>
    public static ApiProblem LaneHeldByOther(MessageId message) => Conflict("other-message", $"It is message {message} that holds this ordering key up.");

    /// <summary>405.</summary>
    /// <param name="method">What was asked.</param>
    /// <param name="path">Where.</param>
    public static ApiProblem MethodNotAllowed(string method, string? path) =>
        new(405, "method-not-allowed", "The method is not allowed here.", $"{path} does not answer {method}; the Allow header names what it does answer.");

    /// <summary>409: the resource's state forbids it.</summary>
    /// <param name="type">Which kind of conflict.</param>
    /// <param name="detail">Why.</param>
    public static ApiProblem Conflict(string type, string detail) => new(409, type, "Its present state does not allow this.", detail);

    /// <summary>413: the body is too large.</summary>
    /// <param name="limit">The limit in bytes.</param>
    /// <param name="setting">The limit's name in configuration.</param>
    public static ApiProblem BodyTooLarge(int limit, string setting) =>
        new(413, "body-too-large", "The body is too large.", $"At most {limit} bytes are accepted ({setting}).");

    /// <summary>413: the batch has too many messages.</summary>
    /// <param name="limit">The limit.</param>
    public static ApiProblem BatchTooLarge(int limit) =>
        new(413, "batch-too-large", "The batch has too many messages.", $"At most {limit} messages are accepted in a batch (Ingest:MaxBatchMessages).");

    /// <summary>415.</summary>
    /// <param name="expected">What is understood.</param>
    public static ApiProblem UnsupportedMediaType(string expected) =>
        new(415, "unsupported-media-type", "The content type is not understood.", $"Send {expected}, in UTF-8.");

    /// <summary>422: the message's target does not exist.</summary>
    /// <param name="target">The target.</param>
    public static ApiProblem UnknownTarget(string target)
    {
        var errors = new FieldErrors();
        errors.Add("target", "names no downstream");
        return new(422, "unknown-target", "There is no such downstream.",
            $"No downstream has the name '{Shorten(target)}'. Define it with PUT /api/downstreams/{{name}}, or correct the target.")
        { Errors = errors };
    }

    /// <summary>422: the idempotency key belongs to another message.</summary>
    public static ApiProblem KeyReused() =>
        new(422, "idempotency-key-reused", "Another message has this idempotency key.",
            "A message with the same source and key but with other content was accepted before. Use a new key for a new message.");

    /// <summary>500.</summary>
    public static ApiProblem Internal() =>
        new(500, "internal-error", "Something went wrong here.", "The request failed because of an error in the service, which has been logged.");

    /// <summary>503: no more messages fit.</summary>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem QueueFull(int retryAfterSeconds) =>
        new(503, "queue-full", "The queue is full.", "As many messages wait as Queue:MaxSize allows. Send the message again later.")
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    /// <summary>503: no more messages of this ordering key fit.</summary>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem LaneFull(int retryAfterSeconds) =>
        new(503, "ordering-lane-full", "Too many messages of this ordering key wait.",
            "As many messages of this orderingKey wait for this target as Ordering:MaxLaneLength allows. Send the message again later.")
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    /// <summary>503: the service is shutting down.</summary>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem Draining(int retryAfterSeconds) =>
        new(503, "draining", "The service is shutting down.", "It accepts nothing more. Send the message again later, or to another instance.")
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    /// <summary>503: a store or a grain did not answer.</summary>
    /// <param name="type">Which kind of trouble.</param>
    /// <param name="what">What did not answer.</param>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem Unavailable(string type, string what, int retryAfterSeconds) =>
        new(503, type, "The service cannot do this now.",
            $"{what}, so nothing is promised. Send the request again later; with the same Idempotency-Key a message is accepted only once.")
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    /// <summary>503: too many watch already.</summary>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem TooManyStreams(int retryAfterSeconds) =>
        new(503, "too-many-streams", "Too many watch already.", "As many streams are open as Live:MaxStreams allows. Ask GET /api/system/health instead.")
        {
            RetryAfterSeconds = retryAfterSeconds,
        };

    /// <summary>503: not ready for traffic.</summary>
    /// <param name="detail">Why.</param>
    /// <param name="retryAfterSeconds">When to try again.</param>
    public static ApiProblem NotReady(string detail, int retryAfterSeconds) =>
        new(503, "not-ready", "The service is not ready.", detail) { RetryAfterSeconds = retryAfterSeconds };

    /// <summary>503: a downstream cannot be used for want of the keys that open its secrets.</summary>
    /// <param name="name">The downstream.</param>
    public static ApiProblem Locked(string name) =>
        new(503, "secrets-locked", "The downstream's secrets cannot be opened.",
            $"The key ring that is here does not open the secrets of '{Shorten(name)}'. Bring the right one back, or define the downstream anew.")
        {
            RetryAfterSeconds = UntilAPersonActed,
        };

    private static int Seconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
