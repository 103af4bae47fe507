namespace DlqCluster.Api.Apis;

/// <summary>Says in one line what an endpoint may answer.</summary>
internal static class Endpoints
{
    /// <summary>Names an endpoint and the statuses with which it may refuse.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it does.</param>
    /// <param name="refusals">The statuses of its problem documents.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string name, string summary, params ReadOnlySpan<int> refusals)
    {
        route.WithName(name).WithSummary(summary);
        foreach (var status in refusals) route.ProducesProblem(status);
        return route;
    }
}
