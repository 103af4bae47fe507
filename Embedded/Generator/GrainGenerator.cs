using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DlqCluster.Embedded.Generator;

/// <summary>
/// Writes, for each grain interface, a proxy with a request class for each method, and for the assembly a list of its grain interfaces and
/// classes. The embedded engine finds the list by an attribute and calls grains without reflection.
/// </summary>
[Generator]
public sealed class GrainGenerator : IIncrementalGenerator
{
    private const string ManifestAttribute = "DlqCluster.Embedded.GrainManifestAttribute";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var interfaces = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is InterfaceDeclarationSyntax { BaseList: not null },
                static (found, token) => found.SemanticModel.GetDeclaredSymbol(found.Node, token) is INamedTypeSymbol type
                    ? SymbolReader.ReadInterface(type)
                    : null)
            .Where(static model => model is not null)
            .Collect();
        var classes = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is ClassDeclarationSyntax { BaseList: not null },
                static (found, token) => found.SemanticModel.GetDeclaredSymbol(found.Node, token) is INamedTypeSymbol type
                    ? SymbolReader.ReadClass(type)
                    : null)
            .Where(static model => model is not null)
            .Collect();
        var assembly = context.CompilationProvider.Select(static (compilation, _) => compilation.AssemblyName ?? "Grains");
        var parts = context.CompilationProvider.Select(static (compilation, _) => PartsOf(compilation));
        context.RegisterSourceOutput(
            interfaces.Combine(classes).Combine(assembly),
            static (output, found) => Write(output, found.Left.Left, found.Left.Right, found.Right));
        context.RegisterSourceOutput(parts, static (output, names) =>
        {
            if (names.Count > 0) output.AddSource("ApplicationParts.g.cs", SourceWriter.Parts(names));
        });
    }

    private static EquatableArray<string> PartsOf(Compilation compilation) => new(
    [
        .. compilation.SourceModule.ReferencedAssemblySymbols
            .Where(assembly => assembly.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == ManifestAttribute))
            .Select(assembly => assembly.Name)
            .OrderBy(name => name, StringComparer.Ordinal),
    ]);

    private static void Write(
        SourceProductionContext output,
        ImmutableArray<InterfaceModel?> foundInterfaces,
        ImmutableArray<ClassModel?> foundClasses,
        string assembly)
    {
        // A partial type is found once for each of its parts.
        var interfaces = foundInterfaces.OfType<InterfaceModel>().GroupBy(model => model.FullName).Select(group => group.First()).ToArray();
        var classes = foundClasses.OfType<ClassModel>().GroupBy(model => model.FullName).Select(group => group.First()).ToArray();
        foreach (var problem in interfaces.SelectMany(model => model.Problems).Concat(classes.SelectMany(model => model.Problems)))
            output.ReportDiagnostic(problem.ToDiagnostic());

        var sound = interfaces.Where(model => model.Problems.Count == 0).OrderBy(model => model.FullName, StringComparer.Ordinal).ToArray();
        var grains = classes.Where(model => model.Problems.Count == 0).Select(model => model.FullName)
            .OrderBy(name => name, StringComparer.Ordinal).ToArray();
        if (sound.Length == 0 && grains.Length == 0) return;
        var space = $"DlqCluster.Embedded.Generated.{Identifiers.From(assembly)}";
        foreach (var model in sound) output.AddSource($"{model.Identifier}.g.cs", SourceWriter.Proxy(model, space));
        output.AddSource("GrainManifest.g.cs", SourceWriter.Manifest(space, sound, grains));
    }
}
