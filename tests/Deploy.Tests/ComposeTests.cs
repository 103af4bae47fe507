namespace DlqCluster.Deploy.Tests;

/// <summary>docker-compose.yml, by Compose's schema and by what it says.</summary>
[Trait("Spec", "OP4")]
public sealed class ComposeTests
{
    private static readonly string _file = Path.Combine(Tool.Root, "docker-compose.yml");

    [Fact]
    public async Task Compose_knows_every_member_and_every_file_is_there()
    {
        Tool.NeedHelm();
        var answer = (await Tool.ReadAsync("compose", _file)).GetProperty(_file);
        Assert.Empty(answer.List("problems"));
        var all = answer.GetProperty("documents")[0];
        foreach (var service in all.GetProperty("services").EnumerateObject())
        {
            if (service.Value.At("build").Text("dockerfile") is { } dockerfile) Assert.True(File.Exists(Path.Combine(Tool.Root, dockerfile)), dockerfile);
            foreach (var volume in service.Value.List("volumes").Select(volume => volume.GetString()!.Split(':')[0]))
                Assert.True(volume.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(Tool.Root, volume)) : all.At("volumes").TryGetProperty(volume, out _), volume);
            foreach (var network in service.Value.List("networks")) Assert.True(all.At("networks").TryGetProperty(network.GetString()!, out _));
            foreach (var other in service.Value.Map("depends_on").Keys) Assert.True(all.At("services").TryGetProperty(other, out _));
            Assert.All(service.Value.List("ports"), port => Assert.StartsWith("127.0.0.1:", port.GetString(), StringComparison.Ordinal));
            Assert.True(service.Value.GetProperty("read_only").GetBoolean());
        }
    }

    [Fact]
    public async Task Secrets_are_files_that_stay_on_this_machine()
    {
        Tool.NeedHelm();
        var all = (await Tool.ReadAsync("plain", _file)).GetProperty(_file).GetProperty("documents")[0];
        // Compose refuses to put a secret of any other kind into a container whose root is read-only.
        Assert.All(all.GetProperty("secrets").EnumerateObject(), secret =>
        {
            Assert.StartsWith("docker/secrets/", secret.Value.Text("file"), StringComparison.Ordinal);
            Assert.Equal("file", Assert.Single(secret.Value.EnumerateObject()).Name);
        });
        var used = all.GetProperty("services").EnumerateObject().SelectMany(service => service.Value.List("secrets"));
        Assert.Superset(used.Select(secret => secret.Text("source") ?? secret.GetString()!).ToHashSet(), all.GetProperty("secrets").EnumerateObject().Select(secret => secret.Name).ToHashSet());
        foreach (var list in new[] { ".gitignore", ".dockerignore" })
        {
            var left = await File.ReadAllLinesAsync(Path.Combine(Tool.Root, list), TestContext.Current.CancellationToken);
            Assert.Superset(new HashSet<string> { ".env", "docker/secrets", "docker/settings.env" }, left.Select(line => line.TrimEnd('/')).ToHashSet());
        }
    }

    [Fact]
    public async Task Each_profile_has_what_it_is_for_and_names_settings_that_exist()
    {
        Tool.NeedHelm();
        var services = (await Tool.ReadAsync("plain", _file)).GetProperty(_file).GetProperty("documents")[0].GetProperty("services").EnumerateObject().ToArray();
        string[] In(string profile) => [.. services.Where(service => service.Value.List("profiles").Any(name => name.GetString() == profile)).Select(service => service.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(["embedded"], In("embedded"));
        Assert.Equal(["api-1", "api-2", "mongo", "nginx", "redis", "silo"], In("cluster"));
        Assert.Equal(["alertmanager", "grafana", "prometheus"], In("monitoring"));
        foreach (var name in new[] { "embedded", "silo", "api-1" })
        {
            var service = services.Single(service => service.Name == name).Value;
            Assert.Empty(service.Map("environment").Keys.Select(KnownSettings.Problem).OfType<string>());
            Assert.Equal("30s", service.Text("stop_grace_period"));
        }

        // So that it can be scaled: no name and no port of its own.
        var silo = services.Single(service => service.Name == "silo").Value;
        Assert.False(silo.TryGetProperty("ports", out _) || silo.TryGetProperty("container_name", out _));
        // A store that has much to read at its start is not taken to be ill.
        Assert.All(new[] { "redis", "mongo" }, name => Assert.Equal("5m", services.Single(service => service.Name == name).Value.At("healthcheck").Text("start_period")));
        Assert.Contains("--appendonly yes", services.Single(service => service.Name == "redis").Value.GetProperty("command")[2].GetString(), StringComparison.Ordinal);
    }
}
