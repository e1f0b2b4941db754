using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Mover.Architecture.Tests;

/// <summary>Holds the arrows of ARCHITECTURE.md: who may use whom.</summary>
public sealed partial class DependencyRuleTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Mover.Core"] = [],
        ["Mover.Conformance"] = [],
        ["Mover.Files"] = [],
        ["Mover.State"] = ["Mover.Core", "Mover.Files"],
        ["Mover.Client"] = ["Mover.Core"],
        ["Mover.Templates"] = ["Mover.Core"],
        ["Mover.Transfer"] = ["Mover.Core", "Mover.Files"],
        ["Mover.Volumes"] = ["Mover.Core", "Mover.Files", "Mover.Transfer"],
        ["Mover.Server"] = ["Mover.Core", "Mover.Files", "Mover.State", "Mover.Templates"],
        ["Mover.Recovery"] = ["Mover.Client", "Mover.Core", "Mover.Files", "Mover.Templates"],
        ["Mover.Agent"] = ["Mover.Client", "Mover.Core", "Mover.Files", "Mover.Transfer", "Mover.Volumes"],
        ["Mover.Cli"] =
        [
            "Mover.Agent", "Mover.Client", "Mover.Conformance", "Mover.Core", "Mover.Files", "Mover.Recovery", "Mover.Server",
            "Mover.State", "Mover.Transfer", "Mover.Volumes",
        ],
    };

    [Fact]
    public void Every_project_refers_only_to_those_below_it()
    {
        var wrong = Repository.Files("src", "*.csproj")
            .SelectMany(file => References(file, "ProjectReference").Select(to => (From: Path.GetFileNameWithoutExtension(file), To: to)))
            .Where(arrow => !Allowed.TryGetValue(arrow.From, out var allowed) || !allowed.Contains(arrow.To, StringComparer.Ordinal))
            .Select(arrow => $"{arrow.From} -> {arrow.To}");

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("Mover.Core", "")]
    [InlineData("Mover.Conformance", "")]
    [InlineData("Mover.Files", "")]
    [InlineData("Mover.Client", "")]
    [InlineData("Mover.Templates", "")]
    [InlineData("Mover.Volumes", "")]
    [InlineData("Mover.Transfer", "Microsoft.Extensions.Logging.Abstractions")]
    public void The_lower_projects_use_no_packages_but_those_decided_on(string project, string decided)
    {
        var used = References(Path.Combine(Repository.Root, "src", project, project + ".csproj"), "PackageReference");

        Assert.Equal(decided.Length == 0 ? [] : [decided], used);
    }

    [Fact]
    public void Engine_names_stay_in_State()
    {
        var named = Repository.ProductFiles()
            .Where(file => !Repository.Relative(file).StartsWith("src/Mover.State/", StringComparison.Ordinal))
            .Where(file => UsesEngine().IsMatch(File.ReadAllText(file)))
            .Select(Repository.Relative);

        Assert.Empty(named);
    }

    [Fact]
    public void The_engine_never_asks_which_protocol_a_volume_speaks()
    {
        var named = Repository.Files("src/Mover.Transfer", "*.cs")
            .Where(file => NamesProtocol().IsMatch(WithoutComments(File.ReadAllText(file))))
            .Select(Repository.Relative);

        Assert.Empty(named);
    }

    [Fact]
    public void Every_package_in_use_is_pinned_centrally()
    {
        var versioned = Repository.Files("src", "*.csproj").Concat(Repository.Files("test", "*.csproj"))
            .Where(file => XDocument.Load(file).Descendants("PackageReference").Any(p => p.Attribute("Version") is not null))
            .Select(Repository.Relative);

        Assert.Empty(versioned);
    }

    private static IEnumerable<string> References(string file, string kind) =>
        XDocument.Load(file).Descendants(kind).Select(r => Path.GetFileNameWithoutExtension(NameOf(r, kind)));

    private static string NameOf(XElement reference, string kind)
    {
        var include = reference.Attribute("Include")!.Value.Replace('\\', '/');
        return kind == "PackageReference" ? include + ".package" : include;
    }

    private static string WithoutComments(string source) => Comment().Replace(source, string.Empty);

    [GeneratedRegex(@"\bMover\.State\.(Sqlite|Etcd)\b|\b(Sqlite|Etcd)StateStore\b|\bsqlite3_|\bEtcdserverpb\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex UsesEngine();

    [GeneratedRegex(@"\b(Nfs|Smb|S3|AzureBlob|AzureFiles)\w*\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NamesProtocol();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Comment();
}
