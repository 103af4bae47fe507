using DlqCluster.Audit;
using DlqCluster.Cluster.Mongo;
using DlqCluster.DeadLetters;
using DlqCluster.Payloads;
using DlqCluster.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts what MongoDB keeps into a host.</summary>
public static class MongoServiceCollectionExtensions
{
    /// <summary>
    /// Registers payloads, dead letters and the audit log in MongoDB, its health and the <see cref="MongoConnection"/> that others may share, with its options from the
    /// configuration section <c>Mongo</c>. The host's other services start when MongoDB answers and the indexes are there.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddMongoDeadLetters(this IServiceCollection services)
    {
        services.AddOptions<MongoOptions>()
            .BindConfiguration(MongoOptions.Section, static binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<MongoConnection>();
        services.AddHostedService(static provider => provider.GetRequiredService<MongoConnection>());
        services.AddSingleton<IStoreHealth, MongoHealth>();
        services.AddSingleton<IPayloadStore, GridFsPayloadStore>();
        services.AddSingleton<IDeadLetterStore, MongoDeadLetterStore>();
        services.AddSingleton<ILetterGroups, MongoLetterGroups>();
        services.AddSingleton<IAuditLog, MongoAuditLog>();
        return services;
    }
}
