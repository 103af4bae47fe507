using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <summary>The base class of generated references. Each of their methods sends a request.</summary>
public abstract class GrainProxy : GrainReference
{
    /// <summary>Makes one.</summary>
    /// <param name="target">What it refers to.</param>
    protected GrainProxy(GrainReferenceTarget target)
        : base(target)
    {
    }

    /// <summary>Sends a call without a result.</summary>
    /// <param name="request">The call.</param>
    protected Task Send(VoidRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Runtime.Send(GrainId, request);
        return request.Method.IsOneWay ? Task.CompletedTask : request.Task;
    }

    /// <summary>Sends a call with a result.</summary>
    /// <typeparam name="TResult">Its type.</typeparam>
    /// <param name="request">The call.</param>
    protected Task<TResult> Send<TResult>(Request<TResult> request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Runtime.Send(GrainId, request);
        return request.Task;
    }
}

/// <summary>What a reference is made of.</summary>
public readonly struct GrainReferenceTarget
{
    internal GrainReferenceTarget(EmbeddedRuntime runtime, GrainId grainId, GrainInterface contract)
    {
        Runtime = runtime;
        GrainId = grainId;
        Contract = contract;
    }

    internal EmbeddedRuntime Runtime { get; }

    internal GrainId GrainId { get; }

    internal GrainInterface Contract { get; }
}
