using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Audit;

/// <summary>Records that an act begins, and how it ended. The act is not done when its beginning cannot be recorded.</summary>
/// <param name="trail">Writes the records.</param>
internal sealed class AuditFilter(AuditTrail trail) : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var act = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<AuditedAct>()
            ?? throw new InvalidOperationException("An endpoint that is audited has no act.");
        await trail.BeginAsync(context.HttpContext, act);
        try
        {
            var result = await next(context);
            var inner = result;
            while (inner is INestedHttpResult nested) inner = nested.Result;
            await trail.EndAsync(context.HttpContext, (inner as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK, inner as ApiProblem);
            return result;
        }
        catch (Exception error)
        {
            await trail.FailAsync(context.HttpContext, error);
            throw;
        }
    }
}
