using Microsoft.CodeAnalysis;

namespace DlqCluster.Embedded.Generator;

/// <summary>Reads grain interfaces and classes from the compiler's symbols.</summary>
internal static class SymbolReader
{
    private static readonly SymbolDisplayFormat _full = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private static readonly string[] _flagNames = ["AlwaysInterleave", "ReadOnly", "OneWay"];

    /// <summary>Reads an interface.</summary>
    /// <param name="type">The interface.</param>
    /// <returns>Null when it is not a grain interface.</returns>
    public static InterfaceModel? ReadInterface(INamedTypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Interface || !type.AllInterfaces.Any(IsAddressable)) return null;
        var problems = new List<Problem>();
        if (!IsVisible(type)) problems.Add(Problem.With(Rules.IsVisible, type));
        if (type.IsGenericType) problems.Add(Problem.With(Rules.IsNotGeneric, type));
        var methods = new List<MethodModel>();
        foreach (var member in type.AllInterfaces.Insert(0, type).SelectMany(contract => contract.GetMembers()))
        {
            if (member.IsStatic || member is IMethodSymbol { MethodKind: not MethodKind.Ordinary } or INamedTypeSymbol) continue;
            var problem = ProblemOf(member);
            if (problem is null) methods.Add(ReadMethod((IMethodSymbol)member));
            // A base interface of this assembly is read, and complained about, by itself.
            else if (SymbolEqualityComparer.Default.Equals(member.ContainingType, type)) problems.Add(Problem.With(problem, member));
        }

        return new InterfaceModel(type.ToDisplayString(_full), new([.. methods]), new([.. problems]));
    }

    /// <summary>Reads a class.</summary>
    /// <param name="type">The class.</param>
    /// <returns>Null when it is not a grain class.</returns>
    public static ClassModel? ReadClass(INamedTypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Class || type.IsAbstract || !type.AllInterfaces.Any(IsGrain) || IsReference(type)) return null;
        var problems = new List<Problem>();
        if (!IsVisible(type)) problems.Add(Problem.With(Rules.IsVisible, type));
        if (type.IsGenericType) problems.Add(Problem.With(Rules.IsNotGeneric, type));
        return new ClassModel(type.ToDisplayString(_full), new([.. problems]));
    }

    private static DiagnosticDescriptor? ProblemOf(ISymbol member)
    {
        if (member is not IMethodSymbol method) return Rules.HasOnlyMethods;
        if (method.IsGenericMethod) return Rules.IsNotGeneric;
        if (KindOf(method.ReturnType) == ReturnKind.None) return Rules.ReturnsTask;
        return method.Parameters.Any(parameter => parameter.RefKind != RefKind.None) ? Rules.TakesValues : null;
    }

    private static MethodModel ReadMethod(IMethodSymbol method)
    {
        var result = ((INamedTypeSymbol)method.ReturnType).TypeArguments.FirstOrDefault();
        return new MethodModel(
            method.ContainingType.ToDisplayString(_full),
            method.ContainingType.Name,
            method.Name,
            method.ReturnType.ToDisplayString(_full),
            result?.ToDisplayString(_full),
            KindOf(method.ReturnType),
            new([.. method.Parameters.Select(parameter => parameter.Type.ToDisplayString(_full))]),
            FlagsOf(method));
    }

    private static ReturnKind KindOf(ITypeSymbol type)
    {
        if (type.ContainingNamespace?.ToDisplayString() != "System.Threading.Tasks") return ReturnKind.None;
        return type.Name switch
        {
            "Task" => ReturnKind.Task,
            "ValueTask" => ReturnKind.ValueTask,
            _ => ReturnKind.None,
        };
    }

    private static string FlagsOf(IMethodSymbol method)
    {
        var attributes = method.GetAttributes().Select(attribute => attribute.AttributeClass?.ToDisplayString()).ToArray();
        var flags = _flagNames.Where(name => attributes.Contains($"Orleans.Concurrency.{name}Attribute")).ToArray();
        return string.Join(" | ", (flags.Length == 0 ? ["None"] : flags).Select(name => $"GrainMethodFlags.{name}"));
    }

    private static bool IsVisible(INamedTypeSymbol type)
    {
        for (var scope = type; scope is not null; scope = scope.ContainingType)
        {
            if (scope.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal))
                return false;
        }

        return true;
    }

    private static bool IsReference(INamedTypeSymbol type)
    {
        for (var scope = type.BaseType; scope is not null; scope = scope.BaseType)
        {
            if (scope.ToDisplayString() == "Orleans.Runtime.GrainReference") return true;
        }

        return false;
    }

    private static bool IsAddressable(INamedTypeSymbol type) => type.ToDisplayString() == "Orleans.Runtime.IAddressable";

    private static bool IsGrain(INamedTypeSymbol type) => type.ToDisplayString() == "Orleans.IGrain";
}
