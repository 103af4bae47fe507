using DlqCluster.Messages;

namespace DlqCluster.Downstreams;

/// <summary>Sends each message in the way of its downstream's kind.</summary>
internal sealed class DownstreamSender(HttpSender http, SimulatedSender simulated) : IDownstreamSender
{
    public Task<AttemptResult> SendAsync(Downstream downstream, OutgoingMessage message, CancellationToken cancellationToken) =>
        downstream.Kind == DownstreamKind.Http
            ? http.SendAsync(downstream, message, cancellationToken)
            : simulated.SendAsync(downstream, message, cancellationToken);
}
