using System.Text.Json;
using DlqCluster.DeadLetters;
using DlqCluster.Messages;

namespace DlqCluster.Contract.Tests;

/// <summary>Messages and letters to store.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The same id for the same number; ids of greater numbers are greater.</summary>
    public static MessageId Id(int number) => new($"{number:x8}-0000-7000-8000-000000000000");

    public static DateTimeOffset At(double seconds) => Start.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    public static Letter Letter(int number, string payload = """{"order":4711}""") => new()
    {
        MessageId = Id(number),
        OriginalMessage = new Envelope { Payload = Payload.Parse(payload), Target = "billing", AcceptedAt = At(number - 60) },
        ErrorReason = "connection refused",
        ErrorType = ErrorType.Network,
        Fingerprint = "00112233aabbccdd",
        RetryCount = 4,
        Strategy = ReplayStrategy.Immediate,
        NextRetryAt = At(number + 60),
        Metadata = new LetterMetadata { Source = "shop", Target = "billing" },
        CreatedAt = At(number),
        UpdatedAt = At(number),
    };

    /// <summary>Everything in a letter, as text: two letters are the same when this is.</summary>
    public static string Text(Letter? letter) => JsonSerializer.Serialize(letter);
}
