using DlqCluster.Cluster.Mongo;
using DlqCluster.Cluster.Redis;
using DlqCluster.Hosting;
using Microsoft.Extensions.Configuration;

namespace DlqCluster.Cluster.Hosting;

/// <summary>Where the cluster's state is.</summary>
public enum StorageKind
{
    /// <summary>In a SQLite file of the only process.</summary>
    Sqlite,

    /// <summary>In Redis.</summary>
    Redis,
}

/// <summary>Where dead letters are.</summary>
public enum LettersKind
{
    /// <summary>In MongoDB.</summary>
    Mongo,

    /// <summary>In a SQLite file: the one of the only process, or one that all processes of one machine share.</summary>
    Sqlite,
}

/// <summary>What keeps what, as configured: <c>Storage:Kind</c> and <c>Storage:Letters</c>.</summary>
/// <param name="Kind">Where state, reminders, the ledger and the list of silos are.</param>
/// <param name="Letters">Where dead letters are.</param>
public sealed record StorageChoice(StorageKind Kind, LettersKind Letters)
{
    private const string KindKey = "Storage:Kind";
    private const string LettersKey = "Storage:Letters";
    private const string RedisKey = $"{RedisOptions.Section}:{nameof(RedisOptions.ConnectionString)}";
    private const string MongoKey = $"{MongoOptions.Section}:{nameof(MongoOptions.ConnectionString)}";

    /// <summary>Reads it. What is not said follows from what is: a Redis that is named is used, and so is a MongoDB.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidConfigurationException">It does not fit together.</exception>
    public static StorageChoice Read(IConfiguration configuration)
    {
        var hasRedis = !string.IsNullOrEmpty(configuration[RedisKey]);
        var kind = Parse(configuration, KindKey, hasRedis ? StorageKind.Redis : StorageKind.Sqlite);
        if (kind == StorageKind.Sqlite)
        {
            return Parse(configuration, LettersKey, LettersKind.Sqlite) == LettersKind.Sqlite
                ? new StorageChoice(kind, LettersKind.Sqlite)
                : throw new InvalidConfigurationException($"{LettersKey} is 'mongo', but {KindKey} is 'sqlite': one process keeps all in its own file.");
        }

        if (!hasRedis) throw new InvalidConfigurationException($"{KindKey} is 'redis', but {RedisKey} (REDIS_URI) does not say where Redis is.");
        var hasMongo = !string.IsNullOrEmpty(configuration[MongoKey]);
        var asked = configuration[LettersKey];
        if (!hasMongo && string.IsNullOrEmpty(asked))
        {
            throw new InvalidConfigurationException(
                $"Dead letters have no place: set {MongoKey} (MONGODB_URI) to where MongoDB is. To try a cluster on this one machine without "
                + $"MongoDB, set {LettersKey} to 'sqlite': all its processes then share the file in Storage:DataDirectory (DATA_DIR).");
        }

        var letters = Parse(configuration, LettersKey, LettersKind.Mongo);
        return letters == LettersKind.Mongo && !hasMongo
            ? throw new InvalidConfigurationException($"{LettersKey} is 'mongo', but {MongoKey} (MONGODB_URI) does not say where MongoDB is.")
            : new StorageChoice(kind, letters);
    }

    private static T Parse<T>(IConfiguration configuration, string key, T otherwise)
        where T : struct, Enum
    {
        var text = configuration[key];
        if (string.IsNullOrEmpty(text)) return otherwise;
        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? value
            : throw new InvalidConfigurationException(
                $"{key} is '{text}'. It must be one of {string.Join(", ", Enum.GetNames<T>().Select(static name => name.ToLowerInvariant()))}.");
    }
}
