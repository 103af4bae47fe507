using DlqCluster.Hosting;
using Microsoft.Extensions.Options;

namespace DlqCluster.Security;

/// <summary>What the grain of keys stores.</summary>
[GenerateSerializer, Immutable, Alias("dlq.AccessKeysRecord")]
public sealed record AccessKeysRecord
{
    /// <summary>The keys, by the time they were made.</summary>
    [Id(0)] public IReadOnlyList<AccessKey> Keys { get; init; } = [];

    /// <summary>Grows with every change.</summary>
    [Id(1)] public long Version { get; init; }
}

/// <summary>Keeps the keys to the API: what recognises each, never the key itself.</summary>
[GrainType("keys")]
internal sealed class AccessKeysGrain(
    [PersistentState("keys", DlqGrains.SecurityStorage)] IPersistentState<AccessKeysRecord> stored,
    IOptions<SecurityOptions> options,
    TimeProvider time) : Grain, IAccessKeysGrain
{
    private readonly Recheck _recheck = new(time);

    public async Task<AccessKeyList?> GetIfNewer(long knownVersion)
    {
        if (_recheck.IsDue()) await stored.ReadStateAsync();
        var record = stored.State;
        return record.Version == knownVersion ? null : new AccessKeyList(record.Version, record.Keys);
    }

    public async Task<AccessKeyChange> Add(AccessKey key)
    {
        var now = time.GetUtcNow();
        var others = stored.State.Keys.Where(other => other.Name != key.Name || !other.HasExpired(now)).ToArray();
        // A call that was made twice has been answered once.
        if (others.Any(other => other.Id == key.Id)) return AccessKeyChange.Done;
        if (others.Any(other => other.Name == key.Name)) return AccessKeyChange.NameTaken;
        if (others.Length >= options.Value.MaxKeys) return AccessKeyChange.Full;
        await StoreAsync([.. others, key]);
        return AccessKeyChange.Done;
    }

    public async Task<AccessKeyChange> Remove(string id)
    {
        if (stored.State.Keys.All(key => key.Id != id)) return AccessKeyChange.NotFound;
        await StoreAsync([.. stored.State.Keys.Where(key => key.Id != id)]);
        return AccessKeyChange.Done;
    }

    public Task Touch(IReadOnlyList<string> ids, DateTimeOffset at)
    {
        var touched = stored.State.Keys.Select(key => ids.Contains(key.Id) && !(key.LastUsedAt >= at) ? key with { LastUsedAt = at } : key).ToArray();
        return touched.SequenceEqual(stored.State.Keys) ? Task.CompletedTask : StoreAsync(touched);
    }

    private async Task StoreAsync(AccessKey[] keys)
    {
        var previous = stored.State;
        try
        {
            stored.State = new AccessKeysRecord { Keys = keys, Version = previous.Version + 1 };
            await stored.WriteStateAsync();
        }
        catch
        {
            // Whether it was stored is not known: the next call begins from what is.
            stored.State = previous;
            DeactivateOnIdle();
            throw;
        }
    }
}
