using System.Text.RegularExpressions;

namespace Mover.Architecture.Tests;

/// <summary>What a resource type is stands beside its record; everybody else asks its description.</summary>
public sealed partial class ResourceTypeRuleTests
{
    private static readonly string[] Folders = ["src/Mover.Core/Resources/Endpoints/", "src/Mover.Core/Resources/Types/"];

    // The same word for something else: a folder of sample files, a step of a recovery, a property of a job definition, and the metadata of
    // a cloud.
    private static readonly string[] Elsewise =
    [
        "src/Mover.Cli/Demo/DemoTree.cs: projects", "src/Mover.Cli/Recovery/NextCommand.cs: agents",
        "src/Mover.Core/Resources/Versions/ApiCatalogue.cs: connections", "src/Mover.Core/Rules/JobDefinitionRules.cs: connections",
        "src/Mover.Recovery/Plans/PlanGraph.cs: connections", "src/Mover.Recovery/Status/Reachability.cs: endpoints",
        "src/Mover.Recovery/Status/RecoveryProgress.cs: agents", "src/Mover.Server/Access/CloudMetadataRoutes.cs: endpoints",
    ];

    [Fact]
    public void The_collection_of_a_type_is_spelled_only_with_its_record()
    {
        var collections = Folders.SelectMany(folder => Repository.Files(folder, "*.cs"))
            .SelectMany(file => NameOfType().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(7, collections.Count);
        var spelled = new Regex(
            $"""(?<=["/])({string.Join('|', collections)})(?=["/?])""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, TimeSpan.FromSeconds(2));

        Assert.Equal(Elsewise, Elsewhere(spelled));
    }

    // Conformance knows the API by its definitions alone.
    private static IEnumerable<string> Elsewhere(Regex spelled) =>
        Repository.ProductFiles().Where(file => !Folders.Any(folder => Repository.Relative(file).StartsWith(folder, StringComparison.Ordinal)))
            .Where(file => !Repository.Relative(file).StartsWith("src/Mover.Conformance/", StringComparison.Ordinal))
            .SelectMany(file => spelled.Matches(Comment().Replace(File.ReadAllText(file), string.Empty))
                .Select(match => $"{Repository.Relative(file)}: {match.Value}"))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    [GeneratedRegex("""partial class ResourceTypes\s*\{[^}]*const string \w+ =[^;]*/(\w+)";""", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NameOfType();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Comment();
}
