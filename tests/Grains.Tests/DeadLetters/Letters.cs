using System.Globalization;
using DlqCluster.DeadLetters;
using DlqCluster.Grains.Tests.Support;
using DlqCluster.Hosting;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.DeadLetters;

/// <summary>Letters, and schedules for them.</summary>
internal static class Letters
{
    public static DlqOptions Options()
    {
        var options = new DlqOptions();
        DlqDefaults.Fill(options);
        return options;
    }

    public static DlqOptions OffPeak(string zone, string times)
    {
        var options = new DlqOptions { TimeZone = zone };
        foreach (var time in times.Split(',')) options.OffPeakTimes.Add(TimeOnly.Parse(time, CultureInfo.InvariantCulture));
        return options;
    }

    public static DeadLetterMessage News(int generation = 0, ErrorType type = ErrorType.Server, string reason = "HTTP 503") => new()
    {
        MessageId = Samples.Id(1),
        Envelope = Samples.Envelope() with { Source = "shop", Priority = MessagePriority.High, Tags = ["x"], CorrelationId = "c" },
        Generation = generation,
        ErrorReason = reason,
        ErrorStack = "stack",
        ErrorType = type,
        Attempts = 4,
        SystemState = new SystemState(1, 2, 3, "silo"),
    };

    public static Letter Pending(ErrorType type = ErrorType.Server) => LetterLifecycle.Admit(null, News(type: type), Samples.Start, Options())!;

    /// <summary>Starts a replay: by a person, who says what to send, or as a letter's schedule would.</summary>
    public static Letter Start(
        Letter letter, ReplayTrigger trigger = ReplayTrigger.Schedule, Payload? payload = null, string? target = null, double at = 60, int kept = 50)
    {
        var options = Options();
        options.MaxReplaysKept = kept;
        var start = trigger == ReplayTrigger.Operator
            ? ReplayStart.ByOperator(new ReplayLetter(letter.MessageId, "ann", payload, target, "because"))
            : ReplayStart.BySchedule(letter);
        return LetterLifecycle.StartReplay(letter, start, Samples.At(at), options);
    }

    /// <summary>A letter in each status.</summary>
    public static Letter With(LetterStatus status)
    {
        var processing = Start(Pending());
        return status switch
        {
            LetterStatus.Pending => Pending(),
            LetterStatus.Processing => processing,
            LetterStatus.Resolved => LetterLifecycle.ReplayEnded(processing, 1, MessageState.Delivered, Samples.At(61))!,
            LetterStatus.Manual => Pending(ErrorType.Validation),
            _ => processing with { Status = LetterStatus.Failed },
        };
    }
}
