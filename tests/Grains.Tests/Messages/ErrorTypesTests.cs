using System.Text.Json;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Messages;

[Trait("Spec", "DE3")]
public sealed class ErrorTypesTests
{
    [Theory]
    [InlineData(ErrorType.Unknown, "UNKNOWN_ERROR", false)]
    [InlineData(ErrorType.Timeout, "TIMEOUT_ERROR", false)]
    [InlineData(ErrorType.Network, "NETWORK_ERROR", false)]
    [InlineData(ErrorType.RateLimited, "RATE_LIMITED", false)]
    [InlineData(ErrorType.Server, "SERVER_ERROR", false)]
    [InlineData(ErrorType.Client, "CLIENT_ERROR", true)]
    [InlineData(ErrorType.Validation, "VALIDATION_ERROR", true)]
    public void A_type_has_one_name_everywhere_and_is_permanent_or_not(ErrorType type, string name, bool permanent)
    {
        Assert.Equal(name, ErrorTypes.Name(type));
        Assert.Equal($"\"{name}\"", JsonSerializer.Serialize(type));
        Assert.Equal(permanent, type.IsPermanent());
        Assert.True(ErrorTypes.TryParse(name, out var parsed));
        Assert.Equal(type, parsed);
        Assert.True(ErrorTypes.TryParse(name.ToLowerInvariant(), out parsed));
        Assert.Equal(type, parsed);
    }

    [Fact]
    public void The_table_above_names_every_type() => Assert.Equal(7, Enum.GetValues<ErrorType>().Length);

    [Theory]
    [InlineData("")]
    [InlineData("TIMEOUT")]
    [InlineData(" TIMEOUT_ERROR")]
    [InlineData("1")]
    public void Another_name_is_none(string name) => Assert.False(ErrorTypes.TryParse(name, out _));

    [Fact]
    public void A_failure_is_permanent_or_transient_as_its_type_is()
    {
        foreach (var type in Enum.GetValues<ErrorType>())
        {
            var result = AttemptResult.Failed(type, "why", 499);
            Assert.Equal(type.IsPermanent() ? AttemptOutcome.PermanentFailure : AttemptOutcome.TransientFailure, result.Outcome);
            Assert.Equal((type, "why", (int?)499), (result.ErrorType, result.Error, result.StatusCode));
        }

        Assert.Equal(AttemptOutcome.Delivered, AttemptResult.Delivered(204).Outcome);
    }

    [Theory]
    [InlineData(MessageState.Scheduled, "scheduled", false)]
    [InlineData(MessageState.Pending, "pending", false)]
    [InlineData(MessageState.Processing, "processing", false)]
    [InlineData(MessageState.Retrying, "retrying", false)]
    [InlineData(MessageState.Parked, "parked", false)]
    [InlineData(MessageState.Delivered, "delivered", true)]
    [InlineData(MessageState.DeadLettered, "deadLettered", true)]
    [InlineData(MessageState.Cancelled, "cancelled", true)]
    [InlineData(MessageState.Expired, "expired", true)]
    [InlineData(MessageState.Suppressed, "suppressed", true)]
    [Trait("Spec", "IN5")]
    public void A_state_has_the_name_that_clients_know_and_is_an_end_or_not(MessageState state, string name, bool end)
    {
        Assert.Equal($"\"{name}\"", JsonSerializer.Serialize(state));
        Assert.Equal(end, state.IsTerminal());
    }
}
