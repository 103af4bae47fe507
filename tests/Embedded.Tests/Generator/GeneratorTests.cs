using DlqCluster.Embedded.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DlqCluster.Embedded.Tests.Generator;

public class GeneratorTests
{
    [Theory]
    [InlineData("interface IBad : IGrainWithStringKey { void Do(); }", "GRAIN001")]
    [InlineData("interface IBad : IGrainWithStringKey { string Do(); }", "GRAIN001")]
    [InlineData("interface IBad : IGrainWithStringKey { IAsyncEnumerable<int> Do(); }", "GRAIN001")]
    [InlineData("interface IBad : IGrainWithStringKey { int Value { get; } }", "GRAIN002")]
    [InlineData("interface IBad : IGrainWithStringKey { event Action Done; }", "GRAIN002")]
    [InlineData("interface IBad : IGrainWithStringKey { Task Do<T>(T value); }", "GRAIN003")]
    [InlineData("interface IBad<T> : IGrainWithStringKey { Task Do(T value); }", "GRAIN003")]
    [InlineData("interface IBad : IGrainWithStringKey { Task Do(ref int value); }", "GRAIN004")]
    [InlineData("class Around { private interface IBad : IGrainWithStringKey { Task Do(); } }", "GRAIN005")]
    [InlineData("class Around { private class Bad : Grain, IX { } } interface IX : IGrainWithStringKey { }", "GRAIN005")]
    public void What_cannot_be_a_grain_is_an_error(string source, string rule)
    {
        var (diagnostics, _) = Generate(source);
        var found = Assert.Single(diagnostics);
        Assert.Equal((rule, DiagnosticSeverity.Error), (found.Id, found.Severity));
        Assert.True(found.Location.SourceSpan.Length > 0);
    }

    [Fact]
    public void What_can_be_a_grain_compiles()
    {
        var (diagnostics, compilation) = Generate("""
            namespace Some.Where
            {
                public partial class Around
                {
                    public interface IFine : IBase, IRemindable
                    {
                        Task<string?> One(string? a, int[] b, (int X, string? Y) pair, CancellationToken token);
                        ValueTask Two();
                        ValueTask<List<string?>> Three(Dictionary<string, object?>? map);
                        [AlwaysInterleave] Task Overloaded(int value);
                        [OneWay] Task Overloaded(string @class);
                        new Task Hidden();
                    }
                }
                public interface IBase : IGrainWithStringKey { [ReadOnly] Task<int> Inherited(); Task Hidden(); }
                partial interface ITwice : IGrainWithIntegerKey { Task A(); }
                partial interface ITwice : IGrainWithIntegerKey { Task B(); }
                abstract class NotAGrain : Grain, IBase
                {
                    public abstract Task<int> Inherited();
                    public abstract Task Hidden();
                }
            }
            """);
        Assert.Empty(diagnostics);
        var complaints = compilation.GetDiagnostics(TestContext.Current.CancellationToken);
        Assert.Empty(complaints.Where(complaint => complaint.Severity >= DiagnosticSeverity.Warning));
        var written = string.Concat(compilation.SyntaxTrees.Skip(1).Select(tree => tree.ToString()));
        Assert.Contains("GrainMethodFlags.ReadOnly", written, StringComparison.Ordinal);
        Assert.Contains("GrainMethodFlags.OneWay", written, StringComparison.Ordinal);
        Assert.DoesNotContain("NotAGrain", written, StringComparison.Ordinal);
        Assert.Contains("ApplicationPart(\"DlqCluster.Embedded\")", written, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assembly_without_grains_names_its_parts_only()
    {
        var (_, compilation) = Generate("class Plain { }");
        Assert.Single(compilation.SyntaxTrees.Skip(1));
    }

    private static (IReadOnlyList<Diagnostic> Diagnostics, Compilation Compilation) Generate(string source)
    {
        const string usings = """
            using System; using System.Collections.Generic; using System.Threading; using System.Threading.Tasks;
            using Orleans; using Orleans.Concurrency; using Orleans.Runtime;

            """;
        var token = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            "Some-Assembly",
            [CSharpSyntaxTree.ParseText(usings + source, path: "Some.cs", cancellationToken: token)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => !path.EndsWith("DlqCluster.Embedded.Tests.dll", StringComparison.Ordinal))
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions: [new("CS8019", ReportDiagnostic.Suppress), new("CS1701", ReportDiagnostic.Suppress)]));
        CSharpGeneratorDriver.Create(new GrainGenerator())
            .RunGeneratorsAndUpdateCompilation(compilation, out var updated, out var diagnostics, token);
        return (diagnostics, updated);
    }
}
