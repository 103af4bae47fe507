namespace DlqCluster.Benchmarks.Subjects;

/// <summary>Builds the subjects.</summary>
/// <param name="settings">Which, and where.</param>
/// <param name="target">The downstream.</param>
internal sealed class Workshop(Settings settings, Uri target)
{
    private const string Program = "DlqCluster.Silo.dll";

    private readonly string _root = FindRoot();
    private int _made;

    /// <summary>Builds what is needed and makes the subjects; says which cannot be had here.</summary>
    public async Task<List<Subject>> MakeAsync()
    {
        var subjects = new List<Subject>();
        foreach (var name in settings.Subjects)
        {
            if (await MakeAsync(name) is { } subject) subjects.Add(subject);
            if (name == "dlq" && settings.Against is { } against)
                subjects.Add(new ServiceSubject("before", NextPlace("before"), Path.Combine(against, Program)));
        }

        return subjects;
    }

    private async Task<Subject?> MakeAsync(string name)
    {
        switch (name)
        {
            case "dlq":
                var own = settings.Service is { } built ? Path.Combine(built, Program) : await BuildAsync("Embedded");
                return own is null ? null : new ServiceSubject(name, NextPlace(name), own) { Set = settings.Set };
            case "orleans" or "orleans-redis":
                var orleans = await BuildAsync("Orleans");
                return orleans is null ? null : new ServiceSubject(name, NextPlace(name), orleans, redis: name == "orleans-redis");
            case "ceiling":
                return new CeilingSubject(NextPlace(name));
            case "bull" or "bullmq" or "bull-always" or "bullmq-always":
                return await MakeRivalAsync(name);
            default:
                throw new UsageException($"There is no subject '{name}'.");
        }
    }

    private async Task<string?> BuildAsync(string engine)
    {
        Console.Error.WriteLine($"Building the service on the engine {engine} …");
        var (done, output) = await Child.RunAsync(
            _root, "dotnet", "build", "Silo", "-c", "Release", "-v", "q", "-nologo", "-clp:NoSummary", $"-p:Engine={engine}");
        if (done) return Path.Combine(_root, "artifacts", engine, "bin", "Silo", "release", Program);
        Console.Error.WriteLine($"It cannot be built here and is left out:\n{output}");
        return null;
    }

    private async Task<Subject?> MakeRivalAsync(string name)
    {
        var directory = Path.Combine(_root, "benchmarks", "rivals");
        if (!Directory.Exists(Path.Combine(directory, "node_modules")))
        {
            Console.Error.WriteLine("Installing the rivals …");
            // The locked versions; "ci" would insist on packages for other platforms, which not every registry has.
            var (done, output) = await Child.RunAsync(directory, "npm", "install", "--no-save", "--no-fund", "--no-audit");
            if (!done)
            {
                Console.Error.WriteLine($"They cannot be installed here and are left out:\n{output}");
                return null;
            }
        }

        var parts = name.Split('-');
        return new RivalSubject(name, NextPlace(name), parts[0], parts.Length > 1 ? parts[1] : "everysec", directory);
    }

    private Place NextPlace(string name)
    {
        _made++;
        return new Place(settings.Port + _made, settings.RedisPort + _made, Path.Combine(settings.Work, name), target);
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Orleans.DlqCluster.sln"))) return directory.FullName;
        throw new InvalidOperationException("The harness runs from a checkout: it builds what it measures.");
    }
}
