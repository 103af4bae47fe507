using System.Net;
using System.Text.Json;

namespace DlqCluster.Deploy.Tests;

/// <summary>Somebody on the network: a pod, or an address outside of the cluster.</summary>
internal sealed record Party(string Name, string Namespace, Dictionary<string, string> Labels, IPAddress? Address = null)
{
    public static Party Outside(string name, string address) => new(name, "", [], IPAddress.Parse(address));

    public static Party Pod(string name, string @namespace) => new(name, @namespace, new() { ["app"] = name });
}

/// <summary>Reads NetworkPolicies as Kubernetes does, and says who may reach whom.</summary>
internal sealed class NetworkRules(Rendering rendering, string @namespace)
{
    /// <summary>Whether one may open a connection to another's port: both sides must allow it.</summary>
    public bool Allows(Party from, Party to, int port) => Allows("Egress", "egress", "to", from, to, port) && Allows("Ingress", "ingress", "from", to, from, port);

    private bool Allows(string type, string rules, string side, Party self, Party other, int port)
    {
        if (self.Namespace != @namespace) return true;
        var own = rendering.Of("NetworkPolicy").Where(policy =>
            Selects(policy.At("spec.podSelector"), self.Labels) && policy.List("spec.policyTypes").Any(given => given.GetString() == type)).ToArray();
        return own.Length == 0 || own.SelectMany(policy => policy.List("spec." + rules)).Any(rule =>
            Matches(rule, "ports", given => given.At("port") is not { ValueKind: JsonValueKind.Number } number || number.GetInt32() == port)
            && Matches(rule, side, peer => IsPeer(peer, other)));
    }

    // A list that is missing or empty leaves nothing out.
    private static bool Matches(JsonElement rule, string list, Func<JsonElement, bool> isOne) => !rule.List(list).Any() || rule.List(list).Any(isOne);

    private bool IsPeer(JsonElement peer, Party other)
    {
        if (peer.TryGetProperty("ipBlock", out var block))
            return other.Address is { } address && IPNetwork.Parse(block.Text("cidr")!).Contains(address) && !block.List("except").Any(except => IPNetwork.Parse(except.GetString()!).Contains(address));
        if (other.Address is not null) return false;
        var inNamespace = peer.TryGetProperty("namespaceSelector", out var spaces)
            ? Selects(spaces, new() { ["kubernetes.io/metadata.name"] = other.Namespace })
            : other.Namespace == @namespace;
        return inNamespace && (!peer.TryGetProperty("podSelector", out var pods) || Selects(pods, other.Labels));
    }

    private static bool Selects(JsonElement selector, Dictionary<string, string> labels)
    {
        Assert.False(selector.TryGetProperty("matchExpressions", out _), "this reader knows matchLabels alone");
        return selector.Map("matchLabels").All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value);
    }
}
