namespace DlqCluster.Cli.Tests.SupplyChain;

/// <summary>What others wrote and we use is listed, version by version, and we may use it.</summary>
[Trait("Spec", "OP2")]
public sealed class LicenceTests
{
    private const string Head = """
        # What others wrote

        Every package that is used, with its version and its licence (SPDX). A test makes this list of what was restored, and fails when it differs or
        when a licence is not one of those that [the manual](docs/security.md#supply-chain) allows.

        """;

    private static readonly string[] _allowed = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense", "CC0-1.0", "blessing"];

    // They reach nobody: they run where it is built.
    private static readonly string[] _allowedForBuilding = ["MPL-2.0", "Python-2.0", "BlueOak-1.0.0", "CC-BY-4.0"];

    private static readonly string _file = Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md");

    [Fact]
    public void Every_package_is_listed_with_its_version_and_licence()
    {
        var packages = Restored.All();
        var missing = Restored.Missing.ToArray();
        if (Environment.GetEnvironmentVariable("DLQ_UPDATE_CONTRACTS") == "1")
        {
            Assert.True(missing.Length == 0, "Restore the whole solution first: " + string.Join(", ", missing));
            File.WriteAllText(_file, Text(packages));
        }

        var listed = File.ReadAllText(_file);
        Assert.Equal([], packages.Where(package => !listed.Contains(package.Row + "\n", StringComparison.Ordinal)).Select(package => $"{package.Use}: {package.Row}"));
        // Where a single suite was built nobody knows what the others use.
        if (missing.Length == 0) Assert.True(listed == Text(packages), "THIRD-PARTY-NOTICES.md is out of date: run this test with DLQ_UPDATE_CONTRACTS=1 and commit it.");
    }

    [Fact]
    public void Every_licence_is_one_that_we_may_use()
    {
        var packages = Restored.All();
        Assert.True(packages.Count(package => package.IsShipped) > 40);
        Assert.Equal([], packages.Where(package => !IsAllowed(package)).Select(package => $"{package.Use}: {package.Row}"));
    }

    [Theory]
    [InlineData("MIT", true)]
    [InlineData("(MIT OR GPL-3.0-only)", true)]
    [InlineData("Apache-2.0 AND GPL-3.0-only", false)]
    [InlineData("unknown", false)]
    public void Of_alternatives_one_must_be_allowed_and_of_conditions_all(string licence, bool allowed) =>
        Assert.Equal(allowed, IsAllowed(new Dependency(Dependency.Shipped, "a", "1", licence)));

    [Fact]
    public void What_may_build_may_not_always_be_shipped()
    {
        Assert.True(IsAllowed(new Dependency(Dependency.BuildingPages, "a", "1", "MPL-2.0")));
        Assert.False(IsAllowed(new Dependency(Dependency.ShippedPages, "a", "1", "MPL-2.0")));
    }

    private static bool IsAllowed(Dependency package)
    {
        var allowed = package.IsShipped ? _allowed : [.. _allowed, .. _allowedForBuilding];
        return package.Licence.Trim('(', ')').Split(" OR ").Any(choice => choice.Split(" AND ").All(allowed.Contains));
    }

    private static string Text(IReadOnlyList<Dependency> packages) => Head + string.Concat(Dependency.Uses.Select(use =>
        $"\n## {use}\n\n| package | version | licence |\n|---|---|---|\n{string.Concat(packages.Where(package => package.Use == use).Select(package => package.Row + "\n"))}"));
}
