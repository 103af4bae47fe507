using DlqCluster.Api.Ingest;
using DlqCluster.Api.Problems;
using DlqCluster.Api.Security;
using DlqCluster.Audit;
using DlqCluster.Hosting;

namespace DlqCluster.Api.Audit;

/// <summary>Turns requests into entries of the audit log.</summary>
/// <param name="log">The log.</param>
/// <param name="ids">Names entries.</param>
/// <param name="time">The clock.</param>
/// <param name="options">Limits.</param>
/// <param name="logger">Where it is said that an act's end could not be recorded.</param>
internal sealed partial class AuditTrail(
    IAuditLog log, MessageIds ids, TimeProvider time, IOptions<AuditOptions> options, ILogger<AuditTrail> logger)
{
    private const int MaxText = 500;

    private readonly RefusalBudget _refusals = new(options.Value.MaxRefusalsPerMinute);

    /// <summary>Records that an act begins.</summary>
    /// <param name="context">The request.</param>
    /// <param name="act">The act.</param>
    public async Task BeginAsync(HttpContext context, AuditedAct act)
    {
        var entry = Describe(context, act);
        await log.AppendAsync(entry);
        AuditScope.Of(context).Begun = entry;
    }

    /// <summary>Records how an act that was begun ended.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="problem">What was wrong; null when nothing was.</param>
    public Task EndAsync(HttpContext context, int status, ApiProblem? problem)
    {
        var scope = AuditScope.Of(context);
        return scope.Begun is { } begun
            ? CompleteAsync(begun, scope, OutcomeOf(status), status, problem is null ? scope.Detail : Describe(problem))
            : Task.CompletedTask;
    }

    /// <summary>Records an act that was not begun, because who asked may not.</summary>
    /// <param name="context">The request.</param>
    /// <param name="act">The act.</param>
    /// <param name="problem">The answer.</param>
    public async Task RefuseAsync(HttpContext context, AuditedAct act, ApiProblem problem)
    {
        if (!_refusals.TryTake(time.GetUtcNow(), out var omitted)) return;
        var detail = Describe(problem);
        if (omitted > 0) detail = $"{detail} ({omitted} refusals before this one were not recorded: Audit:MaxRefusalsPerMinute)";
        var entry = Describe(context, act);
        await log.AppendAsync(entry with
        {
            Subject = Cut(AuditScope.Of(context).Subject) ?? entry.Subject,
            Outcome = AuditOutcome.Refused,
            Status = problem.Status,
            Detail = Cut(detail),
        });
    }

    /// <summary>Records that an act that was begun failed.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The error.</param>
    public async Task FailAsync(HttpContext context, Exception error)
    {
        var scope = AuditScope.Of(context);
        if (scope.Begun is not { } begun) return;
        var status = ProblemMiddleware.FromException(error, 1)?.Status ?? StatusCodes.Status500InternalServerError;
        await CompleteAsync(begun, scope, OutcomeOf(status), status, error.GetType().Name);
    }

    private static AuditOutcome OutcomeOf(int status) => status switch
    {
        401 or 403 => AuditOutcome.Refused,
        >= 500 => AuditOutcome.Failed,
        >= 400 => AuditOutcome.Rejected,
        _ => AuditOutcome.Done,
    };

    private static string Describe(ApiProblem problem) => $"{problem.Type}: {problem.Detail}";

    private static string? SubjectOf(HttpContext context, string? name)
    {
        if (name is null) return null;
        var value = context.Request.RouteValues.TryGetValue(name, out var route) ? route as string : context.Request.Query[name].ToString();
        return string.IsNullOrEmpty(value) ? null : Cut(value);
    }

    // What comes from outside is shown to people: short, and in one line.
    private static string? Cut(string? text)
    {
        if (text is null) return null;
        if (text.Length > MaxText) text = text[..MaxText] + "…";
        return Texts.HasControlCharacters(text) ? new string([.. text.Select(static c => char.IsControl(c) ? ' ' : c)]) : text;
    }

    private AuditEntry Describe(HttpContext context, AuditedAct act)
    {
        var reason = HeaderText.Of(context.Request, Reasons.Header);
        return new AuditEntry
        {
            Id = Guid.Parse(ids.New().Value),
            At = time.GetUtcNow(),
            Who = Cut(Caller.NameOf(context))!,
            Credential = Caller.Of(context)?.Credential ?? Caller.None,
            Act = act.Act,
            Subject = SubjectOf(context, act.Subject),
            Reason = reason.Length == 0 ? null : Cut(reason),
            From = context.Connection.RemoteIpAddress?.ToString(),
        };
    }

    // The act is done, whatever becomes of this; the entry then stays as one whose end is not known.
    private async Task CompleteAsync(AuditEntry begun, AuditScope scope, AuditOutcome outcome, int status, string? detail)
    {
        var ended = begun with
        {
            Act = scope.Act ?? begun.Act,
            Subject = Cut(scope.Subject) ?? begun.Subject,
            Reason = Cut(scope.Reason) ?? begun.Reason,
            Count = scope.Count,
            Outcome = outcome,
            Status = status,
            Detail = Cut(detail),
        };
        try
        {
            await log.CompleteAsync(ended);
        }
        catch (Exception error)
        {
            LogNotRecorded(error, begun.Act, begun.Subject, begun.Who, status);
        }
    }

    [LoggerMessage(1003, LogLevel.Error, "The end of {Act} on {Subject} by {Who} could not be recorded; it was answered with {Status}")]
    private partial void LogNotRecorded(Exception error, string act, string? subject, string who, int status);
}
