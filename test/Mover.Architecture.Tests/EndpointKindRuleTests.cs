using System.Text.RegularExpressions;

namespace Mover.Architecture.Tests;

/// <summary>What a kind of storage endpoint is stands in one folder; everybody else asks its row.</summary>
public sealed partial class EndpointKindRuleTests
{
    private const string Folder = "src/Mover.Core/Resources/Endpoints/";

    [Fact]
    public void The_name_of_a_kind_is_spelled_in_its_own_folder_alone()
    {
        var names = InFolder(NameOfKind()).ToList();
        Assert.True(names.Count >= 14, "The names of the kinds were not found.");
        var spelled = new Regex($@"(?<!\bStorageEndpointTypes\.)\b({string.Join('|', names)})\b", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2));

        Assert.Empty(Elsewhere(spelled));
    }

    [Fact]
    public void The_properties_of_a_kind_are_named_in_its_own_folder_alone()
    {
        var records = InFolder(RecordOfKind()).ToList();
        Assert.True(records.Count >= 7, "The records of the kinds were not found.");
        var named = new Regex($@"\b({string.Join('|', records)})\b", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2));

        Assert.Empty(Elsewhere(named));
    }

    [Fact]
    public void The_name_of_a_resource_type_is_spelled_once()
    {
        var spelled = Repository.ProductFiles().Select(Repository.Relative)
            .Where(file => !file.StartsWith("src/Mover.Conformance/", StringComparison.Ordinal))
            .Where(file => TypeOfStorageMover().IsMatch(File.ReadAllText(Path.Combine(Repository.Root, file))));

        Assert.Equal(["src/Mover.Core/Resources/Types/StorageMover.cs"], spelled);
    }

    private static IEnumerable<string> InFolder(Regex pattern) =>
        Repository.Files(Folder, "*.cs").SelectMany(file => pattern.Matches(File.ReadAllText(file)))
            .SelectMany(match => match.Groups.Values.Skip(1).Select(group => group.Value));

    // Conformance knows the API by its definitions alone.
    private static IEnumerable<string> Elsewhere(Regex pattern) =>
        Repository.ProductFiles()
            .Where(file => !Repository.Relative(file).StartsWith(Folder, StringComparison.Ordinal))
            .Where(file => !Repository.Relative(file).StartsWith("src/Mover.Conformance/", StringComparison.Ordinal))
            .SelectMany(file => pattern.Matches(Comment().Replace(File.ReadAllText(file), string.Empty))
                .Select(match => $"{Repository.Relative(file)}: {match.Value}"));

    [GeneratedRegex("""
        "Microsoft\.StorageMover/storageMovers
        """, RegexOptions.CultureInvariant, 2000)]
    private static partial Regex TypeOfStorageMover();

    [GeneratedRegex("""partial class StorageEndpointTypes\s*\{[^}]*const string (\w+) = "(\w+)";""", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NameOfKind();

    [GeneratedRegex(@"sealed record (\w+) : StorageEndpointProperties\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex RecordOfKind();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Comment();
}
