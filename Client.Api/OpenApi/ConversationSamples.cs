using System.Globalization;
using DlqCluster.Api.Json;
using DlqCluster.Conversations;
using DlqCluster.Recipients;

namespace DlqCluster.Api.OpenApi;

/// <summary>The examples of conversations and notifications.</summary>
internal static class ConversationSamples
{
    /// <summary>The body of a message of a conversation.</summary>
    public const string MessageBody = """
        {"senderId":"ann","content":"See you at eight.","contentType":"text/plain","clientMessageId":"ann-17","recipientIds":["bob","cleo"]}
        """;

    /// <summary>The body of a receipt.</summary>
    public const string ReceiptBody = """{"userId":"bob","state":"read"}""";

    /// <summary>The body of a notification.</summary>
    public const string NotificationBody = """
        {"recipientId":"bob","channel":"email","payload":{"subject":"Your order is on its way"},"priority":"normal","clientMessageId":"order-18-sent"}
        """;

    /// <summary>The body that sets preferences.</summary>
    public const string PreferencesBody = """
        {"timeZone":"Europe/Paris","quietHours":[{"days":["mon","tue","wed","thu","fri"],"from":"22:00","to":"07:00"},{"days":["sat","sun"],"from":"00:00","to":"24:00"}],"channels":{"email":true,"sms":false}}
        """;

    private static readonly DateTimeOffset _at = DateTimeOffset.Parse(Samples.At, CultureInfo.InvariantCulture);

    /// <summary>A receipt.</summary>
    public static Receipt Receipt => new() { UserId = "bob", State = ReceiptState.Read, DeliveredAt = _at, ReadAt = _at.AddSeconds(9) };

    /// <summary>The receipts of a message.</summary>
    public static ReceiptListAnswer Receipts => new([Receipt, new Receipt { UserId = "cleo" }]);

    /// <summary>Preferences.</summary>
    public static RecipientPreferences Preferences => new()
    {
        TimeZone = "Europe/Paris",
        QuietHours =
        [
            new QuietWindow { Days = [QuietDay.Mon, QuietDay.Tue, QuietDay.Wed, QuietDay.Thu, QuietDay.Fri], From = "22:00", To = "07:00" },
            new QuietWindow { Days = [QuietDay.Sat, QuietDay.Sun], From = "00:00", To = "24:00" },
        ],
        Channels = new Dictionary<string, bool> { ["email"] = true, ["sms"] = false },
    };
}
