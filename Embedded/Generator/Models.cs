using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace DlqCluster.Embedded.Generator;

/// <summary>How a grain method gives its result.</summary>
internal enum ReturnKind
{
    /// <summary>In no way that a grain method may.</summary>
    None,

    /// <summary>As a Task.</summary>
    Task,

    /// <summary>As a ValueTask.</summary>
    ValueTask,
}

/// <summary>A grain method.</summary>
/// <param name="DeclaredBy">The interface that declares it, in full.</param>
/// <param name="InterfaceName">That interface's name.</param>
/// <param name="Name">Its name.</param>
/// <param name="ReturnType">Its return type, in full.</param>
/// <param name="ResultType">The type of its result; null when it has none.</param>
/// <param name="Kind">How it gives its result.</param>
/// <param name="ParameterTypes">The types of its parameters.</param>
/// <param name="Flags">What its attributes say, as a C# expression.</param>
internal sealed record MethodModel(
    string DeclaredBy,
    string InterfaceName,
    string Name,
    string ReturnType,
    string? ResultType,
    ReturnKind Kind,
    EquatableArray<string> ParameterTypes,
    string Flags);

/// <summary>A grain interface.</summary>
/// <param name="FullName">Its name in full.</param>
/// <param name="Methods">Its methods, those of its bases included.</param>
/// <param name="Problems">What is wrong with it.</param>
internal sealed record InterfaceModel(string FullName, EquatableArray<MethodModel> Methods, EquatableArray<Problem> Problems)
{
    /// <summary>The name in full as part of an identifier.</summary>
    public string Identifier => Identifiers.From(FullName);
}

/// <summary>A grain class.</summary>
/// <param name="FullName">Its name in full.</param>
/// <param name="Problems">What is wrong with it.</param>
internal sealed record ClassModel(string FullName, EquatableArray<Problem> Problems);

/// <summary>Something that is wrong.</summary>
/// <param name="Rule">The id of the rule that it breaks.</param>
/// <param name="Subject">What breaks it.</param>
/// <param name="Path">The file.</param>
/// <param name="Span">The place in characters.</param>
/// <param name="Lines">The place in lines.</param>
internal sealed record Problem(string Rule, string Subject, string Path, TextSpan Span, LinePositionSpan Lines)
{
    /// <summary>Makes one.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">What breaks it.</param>
    public static Problem With(DiagnosticDescriptor rule, ISymbol subject)
    {
        var location = subject.Locations.FirstOrDefault(place => place.IsInSource);
        return new Problem(
            rule.Id,
            subject.ToDisplayString(),
            location?.SourceTree?.FilePath ?? string.Empty,
            location?.SourceSpan ?? default,
            location?.GetLineSpan().Span ?? default);
    }

    /// <summary>As the compiler wants it.</summary>
    public Diagnostic ToDiagnostic() => Diagnostic.Create(
        Rules.All.First(rule => rule.Id == Rule),
        Path.Length == 0 ? Location.None : Location.Create(Path, Span, Lines),
        Subject);
}

/// <summary>Names as parts of identifiers.</summary>
internal static class Identifiers
{
    /// <summary>Replaces what an identifier may not contain.</summary>
    /// <param name="name">The name.</param>
    public static string From(string name) =>
        new([.. name.Replace("global::", string.Empty).Select(c => char.IsLetterOrDigit(c) ? c : '_')]);
}
