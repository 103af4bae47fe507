using System.Text.Json;

namespace DlqCluster.Cli.Running;

/// <summary>Which service to speak to, and as whom. Flags win over the environment, the environment over the file.</summary>
/// <param name="Address">The service.</param>
/// <param name="Key">The credential; null for none.</param>
/// <param name="Operator">Who acts.</param>
internal sealed record Connection(Uri Address, string? Key, string Operator)
{
    /// <summary>Where the service is unless told otherwise.</summary>
    public const string DefaultAddress = "http://127.0.0.1:3000";

    private const string UrlMember = "url";
    private const string KeyMember = "key";
    private const string OperatorMember = "operator";

    /// <summary>Puts it together.</summary>
    /// <param name="around">The environment and the file.</param>
    /// <param name="url">The flag <c>--url</c>.</param>
    /// <param name="key">The flag <c>--key</c>.</param>
    /// <param name="operatorName">The flag <c>--operator</c>.</param>
    /// <exception cref="CommandFailure">The address or the file cannot be used.</exception>
    public static Connection Read(Surroundings around, string? url, string? key, string? operatorName)
    {
        var file = ReadFile(around.ConfigurationFile);
        var text = url ?? around.Variable("DLQ_URL") ?? file.GetValueOrDefault(UrlMember) ?? DefaultAddress;
        if (!Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw CommandFailure.Usage($"'{text}' is not an address such as {DefaultAddress}.");
        var who = operatorName ?? around.Variable("DLQ_OPERATOR") ?? file.GetValueOrDefault(OperatorMember)
            ?? around.Variable("USER") ?? around.Variable("USERNAME") ?? "dlq";
        return new Connection(address, key ?? around.Variable("DLQ_API_KEY") ?? around.Variable("ADMIN_TOKEN") ?? file.GetValueOrDefault(KeyMember), who);
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var members = json.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString() ?? "", StringComparer.Ordinal);
            var unknown = members.Keys.FirstOrDefault(name => name is not (UrlMember or KeyMember or OperatorMember));
            return unknown is null ? members : throw CommandFailure.Usage($"{path}: '{unknown}' is not known; there are {UrlMember}, {KeyMember} and {OperatorMember}.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.Usage($"{path} cannot be used: {error.Message}");
        }
    }
}
