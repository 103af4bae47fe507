using System.CommandLine;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary>Which letters: the options that all commands over letters share.</summary>
internal sealed class LetterFilter
{
    private static readonly string[] _statuses = ["pending", "processing", "resolved", "failed", "manual"];

    private static readonly string[] _errorTypes =
        ["TIMEOUT_ERROR", "NETWORK_ERROR", "RATE_LIMITED", "SERVER_ERROR", "CLIENT_ERROR", "VALIDATION_ERROR", "UNKNOWN_ERROR"];

    private readonly Option<string?> _status = Limits.OneOf("--status", $"Letters that are {string.Join(", ", _statuses)}", [.. _statuses, .. _statuses.Select(status => "dlq_" + status)]);
    private readonly Option<string?> _errorType = Limits.OneOf("--error-type", "With this error type", _errorTypes);
    private readonly Option<string?> _source = Limits.Text("--source", "From this source", "name");
    private readonly Option<string?> _target = Limits.Text("--target", "To this downstream", "name");
    private readonly Option<string?> _tag = Limits.Text("--tag", "With this label", "label");
    private readonly Option<string?> _fingerprint = Limits.Text("--fingerprint", "That failed alike (see groups)", "name");
    private readonly Option<string?> _from = Limits.Text("--start-date", "Dead-lettered at or after this: a time, a day, or 2h for two hours ago", "time", "--from");
    private readonly Option<string?> _to = Limits.Text("--end-date", "Dead-lettered before this; a day counts as a whole", "time", "--to");
    private readonly Option<string?> _query = Limits.Text("--query", "With these words in the error, the payload or the correlation id", "words", "-q");

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_status, _errorType, _source, _target, _tag, _fingerprint, _from, _to, _query];

    /// <summary>Whether any was given.</summary>
    /// <param name="session">The command line.</param>
    public bool IsGiven(Session session) => All.Any(session.Has);

    /// <summary>As the parameters of a query.</summary>
    /// <param name="session">The command line.</param>
    public IEnumerable<(string Name, string? Value)> Read(Session session)
    {
        var status = session.Get(_status);
        yield return ("status", status is null || status.StartsWith("dlq_", StringComparison.Ordinal) ? status : "dlq_" + status);
        yield return ("errorType", session.Get(_errorType));
        yield return ("source", session.Get(_source));
        yield return ("target", session.Get(_target));
        yield return ("tag", session.Get(_tag));
        yield return ("fingerprint", session.Get(_fingerprint));
        yield return ("from", When.Read(session.Get(_from), session.Screen.Now));
        yield return ("to", When.Read(session.Get(_to), session.Screen.Now, endOfDay: true));
        yield return ("q", session.Get(_query));
    }

    /// <summary>As an object.</summary>
    /// <param name="session">The command line.</param>
    public string ReadJson(Session session)
    {
        var body = new Body();
        foreach (var (name, value) in Read(session)) body.Add(name, value);
        return body.ToString();
    }

    /// <summary>Refuses a command that would be about all letters without having been told so.</summary>
    /// <param name="session">The command line.</param>
    /// <param name="all">Whether it was told so.</param>
    /// <exception cref="CommandFailure">It was not.</exception>
    public void Require(Session session, bool all)
    {
        if (!all && !IsGiven(session)) throw CommandFailure.Usage("Which letters? Give an id, filters such as --error-type or --source, or --all.");
    }
}
