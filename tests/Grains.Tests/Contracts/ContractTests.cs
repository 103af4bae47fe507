using System.Reflection;
using System.Runtime.CompilerServices;

namespace DlqCluster.Grains.Tests.Contracts;

/// <summary>
/// What silos of different versions say to each other. A change of it must be meant: it is written down in contracts.txt, and whoever changes
/// the one changes the other.
/// </summary>
public sealed class ContractTests
{
    private const string FileName = "contracts.txt";
    private const string UpdateVariable = "DLQ_UPDATE_CONTRACTS";

    private static readonly string[] _containers = ["IReadOnlyList`1", "IReadOnlyDictionary`2", "Nullable`1", "Task`1"];

    public static TheoryData<Type> Records => [.. Contract.Types.Where(type => !type.IsEnum)];

    [Fact]
    public void The_contract_is_the_one_that_is_written_down()
    {
        var path = Path.Combine(Folder(), FileName);
        var now = Contract.Describe();
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1") File.WriteAllText(path, now);
        var written = File.Exists(path) ? File.ReadAllText(path) : "";
        if (written == now) return;
        var (before, after) = (written.Split('\n'), now.Split('\n'));
        Assert.Fail(
            $"What crosses a grain boundary is not what {FileName} says. Silos of the last version must still understand it: add members with new ids, " +
            "and never change or reuse an alias, an id, a type or an enum's number. If that holds, run this test once more with the environment variable " +
            $"{UpdateVariable}=1 and commit {path}.\nGone:\n{string.Join('\n', before.Except(after))}\nNew:\n{string.Join('\n', after.Except(before))}");
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Each_type_can_be_serialised_is_never_copied_and_has_a_name_of_its_own(Type type)
    {
        Assert.NotNull(type.GetCustomAttribute<GenerateSerializerAttribute>());
        Assert.NotNull(type.GetCustomAttribute<ImmutableAttribute>());
        Assert.StartsWith("dlq.", Contract.AliasOf(type), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Each_member_has_an_id_without_gaps_or_repeats_and_in_order(Type type)
    {
        var members = Contract.Members(type);
        Assert.NotEmpty(members);
        Assert.All(members, member => Assert.True(Contract.IdOf(member) is not null, $"{type.Name}.{member.Name} has no id."));
        Assert.Equal(Enumerable.Range(0, members.Count), members.Select(member => (int)Contract.IdOf(member)!.Value));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Each_member_cannot_be_changed_once_it_is_made(Type type) => Assert.All(
        Contract.Members(type),
        member => Assert.True(
            member.SetMethod is null || member.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)),
            $"{type.Name}.{member.Name} can be set."));

    [Fact]
    public void Aliases_are_unique()
    {
        var aliases = Contract.Types.Where(type => !type.IsEnum).Concat(Contract.Interfaces).Select(Contract.AliasOf).ToArray();
        Assert.Equal(aliases.Length, aliases.Distinct().Count());
    }

    [Fact]
    public void Each_grain_interface_and_each_of_its_methods_has_an_alias_of_its_own()
    {
        Assert.NotEmpty(Contract.Interfaces);
        foreach (var type in Contract.Interfaces)
        {
            Assert.Equal($"dlq.{type.Name}", Contract.AliasOf(type));
            var aliases = type.GetMethods().Select(method => Contract.AliasOf(method)).ToArray();
            Assert.All(aliases, Assert.NotNull);
            Assert.Equal(aliases.Length, aliases.Distinct().Count());
        }
    }

    [Fact]
    public void Each_method_is_asynchronous() => Assert.All(Contract.Methods, method => Assert.True(
        typeof(Task).IsAssignableFrom(method.ReturnType) || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal), method.Name));

    [Fact]
    public void Members_are_our_own_types_plain_values_or_read_only_collections_of_these() => Assert.All(
        Contract.Types.Where(type => !type.IsEnum).SelectMany(type => Contract.Members(type)),
        member => Assert.True(IsFit(member.PropertyType), $"{member.DeclaringType!.Name}.{member.Name} is a {member.PropertyType.Name}."));

    private static bool IsFit(Type type)
    {
        if (type.IsGenericType) return _containers.Contains(type.Name) && type.GetGenericArguments().All(IsFit);
        return type.IsPrimitive || type.IsEnum || Contract.Types.Contains(type) || type == typeof(string) || type == typeof(byte[])
            || type == typeof(DateTimeOffset) || type == typeof(TimeSpan);
    }

    /// <summary>This project's folder, found upwards from where its build lies.</summary>
    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "Grains.Tests");
            if (File.Exists(Path.Combine(candidate, "Grains.Tests.csproj"))) return candidate;
        }

        throw new InvalidOperationException($"{FileName} lies in tests/Grains.Tests, which was not found above {AppContext.BaseDirectory}.");
    }
}
