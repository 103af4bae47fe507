using Microsoft.CodeAnalysis;

namespace DlqCluster.Embedded.Generator;

/// <summary>What grain interfaces and classes must keep to.</summary>
internal static class Rules
{
    private const string Category = "Grains";

    public static readonly DiagnosticDescriptor ReturnsTask = new(
        "GRAIN001",
        "A grain method returns a task",
        "{0} must return Task, Task<T>, ValueTask or ValueTask<T>: a grain is called asynchronously",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor HasOnlyMethods = new(
        "GRAIN002",
        "A grain interface has only methods",
        "{0} is not a method; a grain interface can have only methods",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor IsNotGeneric = new(
        "GRAIN003",
        "A grain method is not generic, and neither is its interface",
        "{0} is generic, which the embedded engine does not support",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor TakesValues = new(
        "GRAIN004",
        "A grain method takes its arguments by value",
        "{0} takes an argument by reference, which cannot be sent",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor IsVisible = new(
        "GRAIN005",
        "Grain interfaces and classes are visible in their assembly",
        "{0} must be internal or public, and so must the types around it: the manifest names it",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor[] All = [ReturnsTask, HasOnlyMethods, IsNotGeneric, TakesValues, IsVisible];
}
