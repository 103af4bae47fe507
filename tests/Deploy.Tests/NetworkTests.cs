namespace DlqCluster.Deploy.Tests;

/// <summary>Who may reach whom: read from the chart's NetworkPolicies, compared with a list that is written down.</summary>
[Trait("Spec", "OP3")]
public sealed class NetworkTests(ChartFixture chart)
{
    private const string Own = "delivery";
    private static readonly int[] _ports = [53, 80, 443, 3000, 6379, 11111, 27017, 30000];

    private static readonly Party[] _others =
    [
        Party.Pod("neighbour", Own), Party.Pod("stranger", "elsewhere"), Party.Pod("prometheus", "monitoring"), Party.Pod("ingress", "ingress-nginx"), Party.Pod("dns", "kube-system"),
        Party.Pod("redis-of-others", "redis"), Party.Pod("mongo-of-others", "mongodb"),
        Party.Outside("internet", "203.0.113.9"), Party.Outside("private", "10.1.2.3"), Party.Outside("metadata", "169.254.169.254"),
    ];

    [Fact]
    public void In_production_each_reaches_only_whom_it_must() => Assert.Equal(
        """
        api > dns:53
        api > internet:443
        api > internet:80
        api > mongo-of-others:27017
        api > redis-of-others:6379
        api > silo:30000
        backup > dns:53
        backup > mongo-of-others:27017
        backup > redis-of-others:6379
        ingress > api:3000
        prometheus > api:3000
        prometheus > silo:3000
        silo > dns:53
        silo > internet:443
        silo > internet:80
        silo > mongo-of-others:27017
        silo > redis-of-others:6379
        silo > silo:11111
        test > api:3000
        test > dns:53
        """,
        Who("production"));

    [Fact]
    public void Bundled_stores_let_in_those_alone_that_keep_something_there()
    {
        var who = Who("dev with all").Split('\n');
        Assert.Equal(["api > redis:6379", "backup > redis:6379", "silo > redis:6379"], who.Where(line => line.EndsWith("> redis:6379", StringComparison.Ordinal)));
        Assert.Equal(["api > mongo:27017", "backup > mongo:27017", "mongo > mongo:27017", "silo > mongo:27017"], who.Where(line => line.Contains("> mongo:", StringComparison.Ordinal)));
        Assert.DoesNotContain(who, line => line.StartsWith("redis >", StringComparison.Ordinal) || line.StartsWith("drill >", StringComparison.Ordinal));
    }

    [Fact]
    public void An_embedded_service_is_reached_by_its_clients_and_by_its_backup() => Assert.Equal(
        """
        backup > dns:53
        backup > embedded:3000
        embedded > dns:53
        embedded > internet:443
        embedded > internet:80
        neighbour > embedded:3000
        prometheus > embedded:3000
        test > dns:53
        test > embedded:3000
        """,
        Who("embedded with all", "drill"));

    [Fact]
    public void A_sidecar_takes_nothing_from_its_application() => Assert.Contains("stranger > embedded:3000", Who("sidecar").Split('\n'));

    [Fact]
    public void Without_policies_nothing_is_forbidden() =>
        Assert.Contains("stranger > silo:11111", Who("production without a network").Split('\n'));

    // Everybody to everybody at every port, but what those who have no policy may do among themselves.
    private string Who(string rendering, params string[] leftOut)
    {
        var read = chart[rendering];
        var own = read.Pods().DistinctBy(pod => pod.Component).Where(pod => !leftOut.Contains(pod.Component))
            .Select(pod => new Party(pod.Component, Own, pod.Metadata.Map("labels"))).ToArray();
        var rules = new NetworkRules(read, Own);
        var lines =
            from @from in own.Concat(_others)
            from to in own.Concat(_others)
            where own.Contains(@from) || own.Contains(to)
            where @from.Name != to.Name || @from.Name is "silo" or "mongo"
            from port in _ports
            where rules.Allows(@from, to, port)
            select $"{@from.Name} > {to.Name}:{port}";
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }
}
