using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Mover.Architecture.Tests;

/// <summary>Holds the layers of the server, as the compiler has seen them: by every type that a type names.</summary>
public sealed class ServerLayerTests
{
    private static readonly Dictionary<string, int> Rank = ServerLayers.BottomUp
        .Select(name => $"{ServerLayers.Root}.{name}")
        .Append(ServerLayers.Root)
        .Select((name, at) => (name, at))
        .ToDictionary(layer => layer.name, layer => layer.at, StringComparer.Ordinal);

    [Fact]
    public void Every_namespace_of_the_server_uses_only_those_below_it()
    {
        var wrong = Uses().Where(use => Rank[use.To] >= Rank[use.From]).Select(use => $"{use.By} -> {use.Used}").Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_namespace_of_the_server_has_its_layer()
    {
        using var server = Open();

        Assert.Equal(
            Rank.Keys.Order(StringComparer.Ordinal),
            Types(server.MainModule.Types).Select(SpaceOf).Where(IsOurs).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_graph_that_is_judged_has_the_arrows_of_the_server()
    {
        var arrows = Uses().Select(use => (use.From, use.To)).ToHashSet();

        Assert.Contains(("Mover.Server.JobDefinitions", "Mover.Server.JobRuns"), arrows);
        Assert.Contains(("Mover.Server.Documents", "Mover.Server.Arm"), arrows);
        Assert.Contains(("Mover.Server", "Mover.Server.Features"), arrows);
    }

    private static List<(string From, string To, string By, string Used)> Uses()
    {
        using var server = Open();
        return
        [
            .. from type in Types(server.MainModule.Types)
               let space = SpaceOf(type)
               where IsOurs(space)
               from used in UsedBy(type)
               let other = SpaceOf(used)
               where IsOurs(other) && other != space
               select (space, other, Outermost(type).FullName, Outermost(used).FullName),
        ];
    }

    private static AssemblyDefinition Open() => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, "Mover.Server.dll"));

    private static bool IsOurs(string space) =>
        space == ServerLayers.Root || space.StartsWith(ServerLayers.Root + ".", StringComparison.Ordinal);

    private static IEnumerable<TypeDefinition> Types(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(type => Types(type.NestedTypes).Prepend(type));

    private static string SpaceOf(TypeReference type) => Outermost(type).Namespace;

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<TypeReference> UsedBy(TypeDefinition type) =>
        new[] { type.BaseType }.OfType<TypeReference>()
            .Concat(type.Interfaces.Select(one => one.InterfaceType))
            .Concat(type.Fields.Select(field => field.FieldType))
            .Concat(type.CustomAttributes.SelectMany(OfAttribute))
            .Concat(type.Methods.SelectMany(UsedBy))
            .SelectMany(Parts);

    private static IEnumerable<TypeReference> UsedBy(MethodDefinition method) =>
        method.Parameters.Select(parameter => parameter.ParameterType)
            .Append(method.ReturnType)
            .Concat(method.CustomAttributes.SelectMany(OfAttribute))
            .Concat(method.HasBody ? method.Body.Variables.Select(variable => variable.VariableType) : [])
            .Concat(method.HasBody ? method.Body.Instructions.SelectMany(OfOperand) : []);

    private static IEnumerable<TypeReference> OfAttribute(CustomAttribute attribute) =>
        attribute.ConstructorArguments.Select(argument => argument.Value).OfType<TypeReference>().Append(attribute.AttributeType);

    private static IEnumerable<TypeReference> OfOperand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        MethodReference method =>
        [
            method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType),
            .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
        ],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Prepend(generic.ElementType),
        TypeSpecification wrapped => Parts(wrapped.ElementType),
        _ => [type],
    };
}
