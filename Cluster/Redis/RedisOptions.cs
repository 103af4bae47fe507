using System.ComponentModel.DataAnnotations;

namespace DlqCluster.Cluster.Redis;

/// <summary>How Redis is reached and used: configuration section <c>Redis</c>.</summary>
public sealed class RedisOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Redis";

    /// <summary>
    /// Where Redis is: <c>redis://user:password@host:6379</c> (<c>rediss://</c> for TLS), or StackExchange.Redis' own form, which can name
    /// several nodes: <c>host1:6379,host2:6379,password=…,ssl=true</c>. It may hold a secret and is never repeated in errors or logs.
    /// </summary>
    [Required]
    public string ConnectionString { get; set; } = "127.0.0.1:6379";

    /// <summary>
    /// What every key begins with, within its hash tag. Clusters that share a Redis need one each, such as <c>dlq:eu</c>. Fixed when a
    /// cluster is created: under another prefix there is other data. 1 to 64 letters, digits, dots, colons, dashes and underscores.
    /// </summary>
    [Required, RegularExpression("^[A-Za-z0-9._:-]{1,64}$")]
    public string KeyPrefix { get; set; } = "dlq";

    /// <summary>How long an operation may take until its caller hears that Redis is silent, in milliseconds, 100 to 600,000.</summary>
    [Range(100, 600_000)]
    public int OperationTimeoutMs { get; set; } = 5_000;

    /// <summary>How long one attempt to connect may take, in milliseconds, 100 to 600,000.</summary>
    [Range(100, 600_000)]
    public int ConnectTimeoutMs { get; set; } = 5_000;

    /// <summary>
    /// Whether a Redis without an append-only file is reported as unhealthy, since it forgets what was acknowledged when it restarts. False
    /// for a service that is durable by other means.
    /// </summary>
    public bool RequireAppendOnly { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConnectionString is { Length: > 0 } && !RedisConnectionString.TryParse(ConnectionString, out _))
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(ConnectionString)} cannot be read. It must be like redis://user:password@host:6379 or "
                + "host1:6379,host2:6379,password=secret,ssl=true. (It is not shown here because it may hold a secret.)",
                [nameof(ConnectionString)]);
        }
    }
}
