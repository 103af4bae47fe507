using DlqCluster.Api.Problems;

namespace DlqCluster.Api.Audit;

/// <summary>Records how each act ended. The outermost filter of all endpoints.</summary>
/// <param name="trail">Writes the record.</param>
internal sealed class AuditFilter(AuditTrail trail) : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<AuditedAct>() is not null ? RecordAsync(context, next) : next(context);

    private async ValueTask<object?> RecordAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
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

/// <summary>Records that an act begins. The act is not done when that fails.</summary>
/// <param name="trail">Writes the record.</param>
internal sealed class BeginAuditFilter(AuditTrail trail) : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var act = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<AuditedAct>();
        if (act is not null) await trail.BeginAsync(context.HttpContext, act);
        return await next(context);
    }
}
