using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using StackExchange.Redis;

namespace DlqCluster.Cluster.Redis;

/// <summary>The keys that seal secrets, in Redis, where all processes of a cluster find them.</summary>
/// <param name="connection">The connection.</param>
public sealed class RedisKeyRing(RedisConnection connection) : IXmlRepository
{
    private readonly RedisKey _key = $"{connection.Options.KeyPrefix}:keyring";

    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements() => [.. Database().ListRange(_key).Select(static element => XElement.Parse(element.ToString()))];

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        ArgumentNullException.ThrowIfNull(element);
        Database().ListRightPush(_key, element.ToString(SaveOptions.DisableFormatting));
    }

    // The framework asks for keys without waiting for tasks, and seldom: at the first use, and once a day.
    private IDatabase Database() => connection.GetAsync().GetAwaiter().GetResult().GetDatabase();
}
