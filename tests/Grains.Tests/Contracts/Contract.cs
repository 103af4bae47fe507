using System.Reflection;
using System.Text;
using DlqCluster.Messages;

namespace DlqCluster.Grains.Tests.Contracts;

/// <summary>All that crosses a grain boundary, found by reflection over the assembly of the grain interfaces.</summary>
internal static class Contract
{
    private static readonly Assembly _assembly = typeof(IMessageGrain).Assembly;

    public static IReadOnlyList<Type> Interfaces { get; } =
        [.. _assembly.GetTypes().Where(type => type.IsInterface && typeof(IGrain).IsAssignableFrom(type)).OrderBy(type => type.FullName, StringComparer.Ordinal)];

    public static IReadOnlyList<MethodInfo> Methods { get; } =
        [.. Interfaces.SelectMany(type => type.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))];

    /// <summary>Parameters and results of all methods, whatever else is marked for serialising, and what these are made of.</summary>
    public static IReadOnlyList<Type> Types { get; } = [.. Reach().OrderBy(type => type.FullName, StringComparer.Ordinal)];

    public static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias;

    /// <summary>What is serialised of a type: every property that has a place of its own in memory.</summary>
    public static IReadOnlyList<PropertyInfo> Members(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsStored)];

    public static uint? IdOf(PropertyInfo property) => property.GetCustomAttribute<IdAttribute>()?.Id;

    /// <summary>The whole contract as text, the same on both engines.</summary>
    public static string Describe()
    {
        var text = new StringBuilder();
        foreach (var type in Interfaces)
        {
            text.Append(AliasOf(type)).Append(" interface ").Append(type.FullName).Append('\n');
            foreach (var method in type.GetMethods().OrderBy(method => AliasOf(method), StringComparer.Ordinal))
            {
                var parameters = string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)));
                text.Append("  ").Append(AliasOf(method)).Append('(').Append(parameters).Append("): ").Append(Name(method.ReturnType)).Append('\n');
            }
        }

        foreach (var type in Types)
        {
            if (type.IsEnum)
            {
                text.Append("enum ").Append(type.FullName).Append('\n');
                foreach (var value in Enum.GetValues(type)) text.Append("  ").Append(Convert.ToInt64(value)).Append(' ').Append(value).Append('\n');
                continue;
            }

            text.Append(AliasOf(type)).Append(type.IsValueType ? " struct " : " class ").Append(type.FullName).Append('\n');
            foreach (var member in Members(type).OrderBy(IdOf))
                text.Append("  ").Append(IdOf(member)).Append(' ').Append(member.Name).Append(": ").Append(Name(member.PropertyType)).Append('\n');
        }

        return text.ToString();
    }

    private static bool IsStored(PropertyInfo property) =>
        property.GetMethod is { IsStatic: false }
        && property.DeclaringType!.GetField($"<{property.Name}>k__BackingField", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    private static HashSet<Type> Reach()
    {
        var found = new HashSet<Type>();
        var crossing = Methods.SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType));
        var marked = _assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !typeof(Exception).IsAssignableFrom(type));
        var open = new Stack<Type>(crossing.Concat(marked));
        while (open.TryPop(out var type))
        {
            foreach (var argument in type.GetGenericArguments()) open.Push(argument);
            if (type.GetElementType() is { } element) open.Push(element);
            if (type.Assembly != _assembly || type.IsGenericType || !found.Add(type) || type.IsEnum) continue;
            foreach (var member in Members(type)) open.Push(member.PropertyType);
        }

        return found;
    }

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
