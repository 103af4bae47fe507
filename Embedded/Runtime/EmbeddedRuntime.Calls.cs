using Orleans;
using Orleans.Runtime;

namespace DlqCluster.Embedded;

/// <content>References, and what is sent through them.</content>
public sealed partial class EmbeddedRuntime
{
    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        return GetGrain<TGrainInterface>(IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        GetGrain<TGrainInterface>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)GetReference(typeof(TGrainInterface), grainId);

    internal IAddressable GetReference(Type interfaceType, GrainId grainId)
    {
        var contract = Grains.GetInterface(interfaceType);
        return contract.CreateReference(new GrainReferenceTarget(this, grainId, contract));
    }

    /// <summary>An activation's reference to its own grain.</summary>
    /// <param name="activation">The activation.</param>
    internal GrainReference CreateOwnReference(Activation activation) =>
        (GrainReference)GetReference(Grains.MainInterfaceOf(activation.Class), activation.GrainId);

    /// <summary>Sends a request.</summary>
    /// <param name="grainId">To whom.</param>
    /// <param name="request">The request.</param>
    internal void Send(GrainId grainId, Request request)
    {
        request.Target = grainId;
        request.IsFromOutside = Activation.Current?.Runtime != this;
        request.Context = RequestContext.Current;
        request.SentAt = TimeProvider.GetTimestamp();
        if (State != RuntimeState.Running && (request.IsFromOutside || State is RuntimeState.Created or RuntimeState.Stopped))
        {
            request.Fail(Unavailable());
            return;
        }

        if (!request.Method.IsOneWay) UnderWay.Add(request, _messaging.ResponseTimeout);
        // Either Kill finds the request among those under way, or it is seen here.
        if (IsKilled) request.Fail(Unavailable());
        else Deliver(request);
    }

    /// <summary>Hands a request to its grain's activation.</summary>
    /// <param name="request">The request.</param>
    internal void Deliver(Request request)
    {
        try
        {
            // What is active may still be called while the rest goes; nothing new is made any more.
            if (IsClosing && !Catalog.Contains(request.Target)) throw Unavailable();
            Catalog.Deliver(request);
        }
        catch (Exception exception) when (exception is ArgumentException or SiloUnavailableException)
        {
            UnderWay.Remove(request);
            request.Fail(exception);
        }
    }

    internal SiloUnavailableException Unavailable() => new(State switch
    {
        RuntimeState.Created => $"The silo {SiloIdentity} has not been started yet.",
        RuntimeState.Stopped => $"The silo {SiloIdentity} has stopped.",
        _ => $"The silo {SiloIdentity} is stopping.",
    });

    private TGrainInterface GetGrain<TGrainInterface>(IdSpan key, string? classNamePrefix)
        where TGrainInterface : IAddressable
    {
        var type = Grains.TypeFor(typeof(TGrainInterface), classNamePrefix);
        return GetGrain<TGrainInterface>(new GrainId(type, key));
    }
}
