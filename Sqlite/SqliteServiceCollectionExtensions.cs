using DlqCluster.Audit;
using DlqCluster.DeadLetters;
using DlqCluster.Ledger;
using DlqCluster.Ordering;
using DlqCluster.Payloads;
using DlqCluster.Sqlite;
using DlqCluster.Sqlite.Audit;
using DlqCluster.Sqlite.Backup;
using DlqCluster.Sqlite.DeadLetters;
using DlqCluster.Sqlite.GrainState;
using DlqCluster.Sqlite.Layout;
using DlqCluster.Sqlite.Ledger;
using DlqCluster.Sqlite.Ordering;
using DlqCluster.Sqlite.Payloads;
using DlqCluster.Sqlite.Reminders;
using DlqCluster.Storage;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the SQLite stores into a host.</summary>
public static class SqliteServiceCollectionExtensions
{
    /// <summary>
    /// Registers the SQLite stores: grain state under the given names, reminders, the ledger, ordering lanes, payloads, dead letters, the audit log and the data's layout, with their options from the
    /// configuration section <c>Storage</c>. They open before the host's other services start, and a store that cannot be opened stops the
    /// start. The host registers an <see cref="IGrainStorageSerializer"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="grainStorageNames">The names that grains ask for their storage by.</param>
    public static IServiceCollection AddSqliteStores(this IServiceCollection services, params string[] grainStorageNames)
    {
        AddStore(services);
        services.AddSingleton<SqliteGrainStorage>();
        foreach (var name in grainStorageNames)
        {
            services.AddKeyedSingleton<IGrainStorage>(name, static (provider, _) => provider.GetRequiredService<SqliteGrainStorage>());
        }

        services.AddSingleton<IDataLayout, SqliteDataLayout>();
        services.AddSingleton<IDataSnapshots, SqliteSnapshots>();
        services.AddSingleton<IReminderTable, SqliteReminderTable>();
        services.AddSingleton<ILedgerStore, SqliteLedgerStore>();
        services.AddSingleton<IOrderingStore, SqliteOrderingStore>();
        services.AddSingleton<IDeadLetterStore, SqliteDeadLetterStore>();
        services.AddSingleton<ILetterGroups, SqliteLetterGroups>();
        services.AddSingleton<IAuditLog, SqliteAuditLog>();
        return services;
    }

    /// <summary>
    /// Registers the stores of payloads, dead letters and of the audit log alone, in a directory that all processes of this machine may share: for trying out a cluster on one
    /// machine.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddSharedSqliteLetters(this IServiceCollection services)
    {
        AddStore(services).Configure(static options => options.Shared = true);
        services.AddSingleton<IDeadLetterStore, SqliteDeadLetterStore>();
        services.AddSingleton<ILetterGroups, SqliteLetterGroups>();
        services.AddSingleton<IAuditLog, SqliteAuditLog>();
        return services;
    }

    private static OptionsBuilder<SqliteOptions> AddStore(IServiceCollection services)
    {
        services.AddSingleton<SqliteStore>();
        services.AddSingleton<IStoreHealth>(static provider => provider.GetRequiredService<SqliteStore>());
        services.AddSingleton<IStoreCache>(static provider => provider.GetRequiredService<SqliteStore>());
        services.AddHostedService(static provider => provider.GetRequiredService<SqliteStore>());
        services.AddSingleton<FilePayloadStore>();
        services.AddSingleton<IPayloadStore>(static provider => provider.GetRequiredService<FilePayloadStore>());
        services.AddSingleton<IStoreHealth>(static provider => provider.GetRequiredService<FilePayloadStore>());
        return services.AddOptions<SqliteOptions>().BindConfiguration(SqliteOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    }
}
