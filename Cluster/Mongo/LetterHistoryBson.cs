using DlqCluster.DeadLetters;
using DlqCluster.Messages;
using MongoDB.Bson;

namespace DlqCluster.Cluster.Mongo;

/// <summary>A letter's attempts, and what people did with it, as documents.</summary>
internal static class LetterHistoryBson
{
    private const string Number = "number";
    private const string Generation = "generation";
    private const string StartedAt = "startedAt";
    private const string DurationMs = "durationMs";
    private const string Outcome = "outcome";
    private const string StatusCode = "statusCode";
    private const string ErrorType = "errorType";
    private const string Error = "error";
    private const string TraceParent = "traceParent";
    private const string At = "at";
    private const string Kind = "kind";
    private const string By = "by";
    private const string Text = "text";

    /// <summary>Writes an attempt.</summary>
    public static BsonDocument Write(Attempt attempt)
    {
        var document = new BsonDocument { { Number, attempt.Number }, { Generation, attempt.Generation } };
        document.Put(StartedAt, attempt.StartedAt);
        document.Add(DurationMs, attempt.DurationMs);
        document.Put(Outcome, EnumNames<AttemptOutcome>.Of(attempt.Outcome));
        document.Put(StatusCode, attempt.StatusCode);
        document.Put(ErrorType, attempt.ErrorType is { } type ? ErrorTypes.Name(type) : null);
        document.Put(Error, attempt.Error);
        document.Put(TraceParent, attempt.TraceParent);
        return document;
    }

    /// <summary>Reads an attempt.</summary>
    public static Attempt ReadAttempt(BsonDocument document) => new()
    {
        Number = document.Int32(Number) ?? 0,
        Generation = document.Int32(Generation) ?? 0,
        StartedAt = document.Time(StartedAt) ?? default,
        DurationMs = document.Double(DurationMs) ?? 0,
        Outcome = EnumNames<AttemptOutcome>.Read(document.Text(Outcome)),
        StatusCode = document.Int32(StatusCode),
        ErrorType = document.Text(ErrorType) is { } type ? EnumNames<ErrorType>.Read(type) : null,
        Error = document.Text(Error),
        TraceParent = document.Text(TraceParent),
    };

    /// <summary>Writes what somebody did.</summary>
    public static BsonDocument Write(LetterEvent what)
    {
        var document = new BsonDocument();
        document.Put(At, what.At);
        document.Put(Kind, EnumNames<LetterActKind>.Of(what.Kind));
        document.Put(By, what.By);
        document.Put(Text, what.Text);
        return document;
    }

    /// <summary>Reads what somebody did.</summary>
    public static LetterEvent ReadEvent(BsonDocument document) => new(
        document.Time(At) ?? default,
        EnumNames<LetterActKind>.Read(document.Text(Kind)),
        document.Text(By) ?? "",
        document.Text(Text));
}
