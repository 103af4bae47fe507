using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Support;

/// <summary>Times, ids and messages to test with.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    /// <summary>The same id for the same number.</summary>
    public static MessageId Id(int number) => new($"{number:x8}-0000-7000-8000-000000000000");

    public static Envelope Envelope(string payload = """{"order":4711}""", string target = "billing") =>
        new() { Payload = Payload.Parse(payload), Target = target, AcceptedAt = Start };

    /// <summary>A JSON array that holds an array, that holds an array, and so on.</summary>
    public static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    /// <summary>Payloads that a parser might tamper with.</summary>
    public static TheoryData<string> TrickyPayloads() =>
    [
        "null", "true", "0", "-0", "0.10", "1e400", "1E+2", "123456789012345678901234567890.000", "\"\"", "{}", "[]",
        "{ \"a\" :\t1 ,\r\n \"b\" : [ ] }",
        "{\"a\":1,\"a\":2,\"A\":3}",
        """{"text":"\u00e9\u0000\ud83d\ude00 é 😀 \/ \" <>&'+"}""",
        """{"":{"":{"":null}}}""",
        """["\ud800"]""",
        "{\"payload\":\"}\\\"]\"}",
        Nested(60),
    ];
}
