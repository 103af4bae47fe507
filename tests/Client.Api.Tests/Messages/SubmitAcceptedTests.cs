using System.Text.Json;
using DlqCluster.Api.Json;
using DlqCluster.Messages;

namespace DlqCluster.Api.Tests.Messages;

public sealed class SubmitAcceptedTests
{
    [Fact]
    public void What_is_written_by_hand_is_what_the_serializer_would_write()
    {
        foreach (var state in Enum.GetValues<MessageState>())
        {
            foreach (var hit in new[] { false, true })
            {
                var answer = new SubmitAnswer(MessageId.Derive("a", "b"), state, new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)), hit);
                var buffer = new byte[192];

                var length = new SubmitAccepted(answer).Write(buffer);

                Assert.Equal(JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Context.SubmitAnswer), buffer[..length]);
            }
        }
    }
}
