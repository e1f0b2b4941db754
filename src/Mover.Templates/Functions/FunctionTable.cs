namespace Mover.Templates.Functions;

/// <summary>All functions of the language by name, case ignored.</summary>
internal static class FunctionTable
{
    private static readonly Dictionary<string, Function> ByName = new[]
    {
        StringFunctions.All, UriFunctions.All, ArrayFunctions.All, ObjectFunctions.All, NumberFunctions.All, LogicFunctions.All,
        DateFunctions.All, CidrFunctions.All, LambdaFunctions.All, IdFunctions.All, HashFunctions.All, ContextFunctions.All,
        ReferenceFunctions.All, CloudFunctions.All,
    }
    .SelectMany(family => family).ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The function of this name; null when there is none.</summary>
    public static Function? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a name is that of a resource's own list function, such as <c>listKeys</c>.</summary>
    public static bool IsList(string name) => name.Length > 4 && name.StartsWith("list", StringComparison.OrdinalIgnoreCase);

    /// <summary>The names of all functions.</summary>
    public static IEnumerable<string> Names => ByName.Values.Select(one => one.Name);
}
