namespace Orleans.Core
{
    /// <summary>State that is kept in a store.</summary>
    public interface IStorage
    {
        /// <summary>The version that was read or written last; null when there is none.</summary>
        string? Etag { get; }

        /// <summary>Whether the store has a record of it.</summary>
        bool RecordExists { get; }

        /// <summary>Deletes the record.</summary>
        Task ClearStateAsync();

        /// <summary>Deletes the record.</summary>
        /// <param name="cancellationToken">Gives up.</param>
        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

        /// <summary>Writes the state.</summary>
        Task WriteStateAsync();

        /// <summary>Writes the state.</summary>
        /// <param name="cancellationToken">Gives up.</param>
        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

        /// <summary>Reads the state anew.</summary>
        Task ReadStateAsync();

        /// <summary>Reads the state anew.</summary>
        /// <param name="cancellationToken">Gives up.</param>
        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    }

    /// <summary>State of a type that is kept in a store.</summary>
    /// <typeparam name="TState">The type.</typeparam>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The state in memory.</summary>
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>State of a grain that was read before the grain is activated.</summary>
    /// <typeparam name="TState">Its type.</typeparam>
    public interface IPersistentState<TState> : Core.IStorage<TState>;

    /// <summary>Which state a grain asks for.</summary>
    public interface IPersistentStateConfiguration
    {
        /// <summary>The name of the state, unique in its grain.</summary>
        string StateName { get; }

        /// <summary>The name of the store; null for the default one.</summary>
        string? StorageName { get; }
    }

    /// <summary>Marks the constructor parameter that takes a state.</summary>
    /// <param name="stateName">The name of the state, unique in its grain.</param>
    /// <param name="storageName">The name of the store; null for the default one.</param>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null)
        : Attribute, IFacetMetadata, IPersistentStateConfiguration
    {
        /// <inheritdoc/>
        public string StateName { get; } = stateName;

        /// <inheritdoc/>
        public string? StorageName { get; } = storageName;
    }
}

namespace Orleans
{
    /// <summary>Marks an attribute of a constructor parameter that the runtime, not the services, provides.</summary>
    public interface IFacetMetadata;
}
