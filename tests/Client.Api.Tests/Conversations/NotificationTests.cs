using DlqCluster.Api.Tests.Support;

namespace DlqCluster.Api.Tests.Conversations;

/// <summary>Notifications and preferences over HTTP: CN3.</summary>
[Trait("Spec", "CN3")]
public sealed class NotificationTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Quiet = """{"timeZone":"UTC","quietHours":[{"from":"00:00","to":"24:00"}],"channels":{"sms":false}}""";

    private readonly ApiClient _api = shared.Api;

    [Fact]
    public async Task A_notification_goes_to_its_channels_downstream_in_its_envelope()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var host = await ApiHost.StartAsync("Notifications:Targets:email=mailer", "Downstreams:mailer:Kind=http", $"Downstreams:mailer:Url={receiver.Url}");
        const string body = """{"recipientId":"bob","channel":"email","payload":{"n":1, "text":"hi"},"clientMessageId":"one"}""";
        var first = (await host.Api.PostAsync("/api/notifications", body)).Is(202);
        var again = (await host.Api.PostAsync("/api/notifications", body)).Is(202);
        Assert.Equal(first.Id, again.Id);
        Assert.True(again["idempotentHit"].GetBoolean());
        await host.Api.UntilStateAsync(first.Id, "delivered");
        Assert.Equal("""{"recipientId":"bob","channel":"email","payload":{"n":1, "text":"hi"}}""", Assert.Single(receiver.Bodies));
    }

    [Fact]
    public async Task Quiet_hours_hold_critical_passes_a_channel_that_is_off_suppresses_and_a_change_frees_at_once()
    {
        const string who = "/api/recipients/zoe/preferences";
        Assert.Equal("UTC", (await _api.GetAsync(who)).Is(200)["timeZone"].GetString());
        var set = (await _api.PutAsync(who, Quiet)).Is(200);
        Assert.Equal(set.Text, (await _api.GetAsync(who)).Is(200).Text);
        var held = await NotifyAsync("""{"recipientId":"zoe","channel":"email","payload":1}""");
        await _api.UntilStateAsync(held, "scheduled");
        Assert.Equal("quietHours", (await _api.GetAsync($"/api/messages/{held}/explain"))["reasons"][0].GetProperty("code").GetString());
        Assert.Equal("quietHours", (await _api.GetAsync("/api/messages/" + held))["hold"].GetProperty("reason").GetString());
        await _api.UntilStateAsync(await NotifyAsync("""{"recipientId":"zoe","channel":"email","payload":1,"priority":"critical"}"""), "delivered");
        await _api.UntilStateAsync(await NotifyAsync("""{"recipientId":"zoe","channel":"sms","payload":1,"priority":"critical"}"""), "suppressed");
        (await _api.PutAsync(who, "{}")).Is(200);
        await _api.UntilStateAsync(held, "delivered");
    }

    [Theory]
    [InlineData("%20")]
    [InlineData("%E2%80%A8")]
    public async Task A_recipient_whose_name_nobody_sees_is_refused(string id)
    {
        (await _api.GetAsync($"/api/recipients/{id}/preferences")).IsProblem(400, "validation");
        (await _api.PutAsync($"/api/recipients/{id}/preferences", "{}")).IsProblem(400, "validation");
    }

    [Theory]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"quietHours":[{"from":"25:00","to":"07:00"}]}""", "quietHours[0].from")]
    [InlineData("""{"quietHours":[{"from":"22:00"}]}""", "quietHours[0].to")]
    [InlineData("""{"quietHours":[null]}""", "quietHours[0].from")]
    [InlineData("""{"quietHours":[{"days":["holiday"],"from":"22:00","to":"07:00"}]}""", "quietHours[0].days[0]")]
    [InlineData("""{"channels":{"e mail":true}}""", "channels")]
    [InlineData("""{"sleep":1}""", "sleep")]
    public async Task What_is_wrong_with_preferences_is_named(string body, string field) =>
        (await _api.PutAsync("/api/recipients/bob/preferences", body)).IsProblem(400, "validation").Names(field);

    [Theory]
    [InlineData("""{"channel":"email","payload":1}""", "recipientId")]
    [InlineData("""{"recipientId":"bob","payload":1}""", "channel")]
    [InlineData("""{"recipientId":"bob","channel":"e mail","payload":1}""", "channel")]
    [InlineData("""{"recipientId":"bob","channel":"email"}""", "payload")]
    [InlineData("""{"recipientId":"bob","channel":"email","payload":1,"deliverAt":"2020-01-01T00:00:00Z"}""", "deliverAt")]
    public async Task What_is_wrong_with_a_notification_is_named(string body, string field) =>
        (await _api.PostAsync("/api/notifications", body)).IsProblem(400, "validation").Names(field);

    private async Task<string> NotifyAsync(string body) => (await _api.PostAsync("/api/notifications", body)).Is(202).Id;
}
