using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace DlqCluster.Downstreams;

/// <summary>What a downstream's definition must obey, wherever it comes from.</summary>
public static partial class DownstreamRules
{
    private const int MaxHeaders = 32;
    private const int MaxHeaderLength = 4_096;
    private const int MaxSecrets = 2;

    private static readonly string[] _methods = ["POST", "PUT", "PATCH"];

    /// <summary>Headers that say what the message is, or how it travels: they are ours or the transport's to set.</summary>
    private static readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "webhook-id", "webhook-timestamp", "webhook-signature", "Idempotency-Key", "X-Correlation-Id", "X-Attempt", "traceparent", "tracestate",
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer", "Keep-Alive",
    };

    /// <summary>Checks a definition.</summary>
    /// <param name="downstream">The definition.</param>
    /// <returns>Errors by field, in camel case; empty when all is well.</returns>
    public static IReadOnlyDictionary<string, string[]> Validate(Downstream downstream)
    {
        var errors = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        void Refuse(string field, string error)
        {
            if (!errors.TryGetValue(field, out var list)) errors[field] = list = [];
            list.Add(error);
        }

        if (!NamePattern().IsMatch(downstream.Name)) Refuse("name", "A name is 1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore.");
        CheckRanges(downstream, "", Refuse);
        CheckRanges(downstream.Breaker, "breaker.", Refuse);
        if (downstream.Retry is not null) CheckRanges(downstream.Retry, "retry.", Refuse);
        if (!Enum.IsDefined(downstream.Kind)) Refuse("kind", "The kind is http or simulated.");
        if (downstream.Kind == DownstreamKind.Http) CheckUrl(downstream.Url, Refuse);
        if (!_methods.Contains(downstream.Method)) Refuse("method", "The method is POST, PUT or PATCH.");
        CheckHeaders(downstream.Headers, Refuse);
        CheckSecrets(downstream.SigningSecrets, Refuse);
        if (downstream.ClientCertificate is { } certificate) CheckCertificate(certificate, downstream.Url, Refuse);
        if (downstream.OffPeak is { } calendar) OffPeakRules.Check(calendar, Refuse);
        return errors.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    private static void CheckRanges(object part, string prefix, Action<string, string> refuse)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(part, new ValidationContext(part), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var field = result.MemberNames.FirstOrDefault() ?? "";
            refuse(prefix + char.ToLowerInvariant(field[0]) + field[1..], result.ErrorMessage ?? "The value is out of range.");
        }
    }

    private static void CheckUrl(string? url, Action<string, string> refuse)
    {
        var valid = Uri.TryCreate(url, UriKind.Absolute, out var parsed)
            && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps);
        if (!valid) refuse("url", "Kind http needs an absolute http or https URL.");
        else if (!string.IsNullOrEmpty(parsed!.UserInfo)) refuse("url", "Credentials belong in a header, not in the URL.");
    }

    private static void CheckHeaders(IReadOnlyDictionary<string, string> headers, Action<string, string> refuse)
    {
        if (headers.Count > MaxHeaders) refuse("headers", $"At most {MaxHeaders} headers are possible.");
        foreach (var (name, value) in headers)
        {
            if (!HeaderNamePattern().IsMatch(name)) refuse("headers", $"'{name}' is not a header name.");
            else if (_reserved.Contains(name)) refuse("headers", $"'{name}' cannot be set; it is set for each message.");
            if (value is null || value.Length > MaxHeaderLength || value.Any(static c => c is < ' ' or > '~'))
                refuse("headers", $"The value of '{name}' is missing, longer than {MaxHeaderLength} characters, or not printable ASCII.");
        }
    }

    private static void CheckSecrets(IReadOnlyList<string> secrets, Action<string, string> refuse)
    {
        if (secrets.Count > MaxSecrets) refuse("signingSecrets", $"At most {MaxSecrets} secrets can be valid at once.");
        if (secrets.Any(secret => secret is null || !WebhookSignature.TryParse(secret, out _)))
            refuse("signingSecrets", $"A secret is {WebhookSignature.SecretPrefix} and base64 of 24 to 64 bytes.");
    }

    private static void CheckCertificate(string certificate, string? url, Action<string, string> refuse)
    {
        if (url?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) != true) refuse("clientCertificate", "A client certificate needs an https URL.");
        if (ClientCertificates.Trouble(certificate) is { } trouble) refuse("clientCertificate", trouble);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}\z")]
    private static partial Regex HeaderNamePattern();
}
