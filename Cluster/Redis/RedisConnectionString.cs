using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>Reads both usual forms of a Redis connection string: the URI that other clients take, and StackExchange.Redis' own.</summary>
internal static class RedisConnectionString
{
    private const string PlainScheme = "redis";
    private const string TlsScheme = "rediss";
    private const int DefaultPort = 6379;

    /// <summary>Reads a connection string. The reason for a failure is not told, since it could quote a secret.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ConfigurationOptions? options)
    {
        options = null;
        try
        {
            options = IsUri(text) ? OfUri(text) : ConfigurationOptions.Parse(text, ignoreUnknown: false);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }

        if (options is not { EndPoints.Count: > 0 }) return false;
        options.SetDefaultPorts();
        return true;
    }

    private static bool IsUri(string text) =>
        text.StartsWith($"{PlainScheme}://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith($"{TlsScheme}://", StringComparison.OrdinalIgnoreCase);

    private static ConfigurationOptions? OfUri(string text)
    {
        var uri = new Uri(text, UriKind.Absolute);
        if (uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0) return null;
        var options = new ConfigurationOptions { Ssl = uri.Scheme == TlsScheme };
        options.EndPoints.Add(uri.IdnHost, uri.IsDefaultPort || uri.Port <= 0 ? DefaultPort : uri.Port);
        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0) options.User = Uri.UnescapeDataString(uri.UserInfo[..colon]);
        if (uri.UserInfo.Length > 0) options.Password = Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
        if (uri.AbsolutePath is { Length: > 1 } path)
            options.DefaultDatabase = int.Parse(path[1..], NumberStyles.None, CultureInfo.InvariantCulture);
        return options;
    }
}
