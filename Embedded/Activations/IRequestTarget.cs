namespace DlqCluster.Embedded;

/// <summary>What the requests for a grain are handed to.</summary>
internal interface IRequestTarget
{
    /// <summary>Takes a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>False when it is no longer the grain's target, and the request must be handed to the present one.</returns>
    bool TryTake(Request request);
}
