using System.ComponentModel.DataAnnotations;
using MongoDB.Driver;

namespace DlqCluster.Cluster.Mongo;

/// <summary>How MongoDB is reached and used: configuration section <c>Mongo</c>.</summary>
public sealed class MongoOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mongo";

    /// <summary>
    /// Where MongoDB is: <c>mongodb://user:password@host1,host2/?replicaSet=rs0&amp;tls=true</c> or <c>mongodb+srv://…</c>. It may hold a
    /// secret and is never repeated in errors or logs.
    /// </summary>
    [Required]
    public string ConnectionString { get; set; } = "mongodb://127.0.0.1:27017";

    /// <summary>
    /// The database, which is made if it is missing. Clusters that share a MongoDB need one each. 1 to 63 letters, digits, dashes and
    /// underscores, and none of MongoDB's own: admin, config, local.
    /// </summary>
    [Required, RegularExpression("^(?!(?i:admin|config|local)$)[A-Za-z0-9_-]{1,63}$")]
    public string Database { get; set; } = "dlq";

    /// <summary>
    /// How long to look for a primary, to wait for a free connection and for a majority to have a write, in milliseconds each, 100 to
    /// 600,000.
    /// </summary>
    [Range(100, 600_000)]
    public int OperationTimeoutMs { get; set; } = 5_000;

    /// <summary>How long one attempt to connect may take, in milliseconds, 100 to 600,000.</summary>
    [Range(100, 600_000)]
    public int ConnectTimeoutMs { get; set; } = 5_000;

    /// <summary>How long a search, a count or a statistic may take before MongoDB gives it up, in milliseconds, 100 to 600,000.</summary>
    [Range(100, 600_000)]
    public int QueryTimeoutMs { get; set; } = 15_000;

    /// <summary>The most connections to one server, 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 100;

    /// <summary>The most operations that may wait for a connection, or for a primary, at once; more are refused. 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConnectionString is { Length: > 0 } && !CanBeRead(ConnectionString))
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(ConnectionString)} cannot be read. It must be like mongodb://user:password@host1,host2/?replicaSet=rs0."
                + " (It is not shown here because it may hold a secret.)",
                [nameof(ConnectionString)]);
        }
    }

    // The reason for a failure is not told, since it quotes the text.
    private static bool CanBeRead(string text)
    {
        try
        {
            return MongoUrl.Create(text) is not null;
        }
        catch (Exception error) when (error is MongoConfigurationException or ArgumentException or FormatException)
        {
            return false;
        }
    }
}
