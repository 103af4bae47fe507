namespace DlqCluster.Storage;

/// <summary>Tells whether a store can do its work, for readiness and for people.</summary>
public interface IStoreHealth
{
    /// <summary>The store's name, such as <c>sqlite</c>.</summary>
    string Name { get; }

    /// <summary>What an acknowledged write survives, in words; null when there is nothing to say beyond the store's name.</summary>
    string? Durability => null;

    /// <summary>Whether the service cannot do its work while this has trouble, as it was found at the last check; otherwise it is merely degraded.</summary>
    bool IsVital => true;

    /// <summary>Tries it, with a real write where that is what matters.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Null when all is well; otherwise what is wrong and what to do.</returns>
    Task<string?> CheckAsync(CancellationToken cancellationToken = default);
}
