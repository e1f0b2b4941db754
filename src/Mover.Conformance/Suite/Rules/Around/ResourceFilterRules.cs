using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary><c>$filter</c> on lists of resources. Source: ARM REST reference, "Resources - List".</summary>
internal static class ResourceFilterRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-FILTER-001", "resourceType eq finds only resources of the type, whatever its casing.", Sources.Arm, TypeAsync),
        Rule.Once("ARM-FILTER-002", "name eq finds the resource of that name.", Sources.Arm, NameAsync),
        Rule.Once("ARM-FILTER-003", "tagName with tagValue finds the resources with the tag.", Sources.Arm, TagAsync),
        Rule.Once("ARM-FILTER-004", "tagName without tagValue finds the tag with any value.", Sources.Arm, TagNameAsync),
        Rule.Once("ARM-FILTER-005", "substringof finds a part of the name.", Sources.Arm, SubstringAsync),
        Rule.Once("ARM-FILTER-006", "location eq excludes resources in other locations.", Sources.Arm, LocationAsync),
        Rule.Once("ARM-FILTER-007", "ne excludes the named value.", Sources.Arm, NotEqualAsync),
        Rule.Once("ARM-FILTER-008", "'and' requires both conditions, 'or' either of them.", Sources.Arm, BothAsync),
        Rule.Once("ARM-FILTER-009", "A quote within a text is written twice.", Sources.Arm, QuoteAsync),
        Rule.Once("ARM-FILTER-010", "An invalid filter is refused: 400 InvalidFilterInQueryString.", Sources.Arm, WrongAsync),
        Rule.Once("ARM-FILTER-011", "A filter that matches nothing returns an empty list.", Sources.Arm, NothingAsync),
    ];

    private static Task<List<JsonObject>> FindAsync(Bench bench, string filter) =>
        bench.AllAsync(Around.Arm, bench.Group + "/resources" + Around.Filter(filter));

    private static Task<string> MadeAsync(Bench bench) => ResourceListRules.TaggedAsync(bench, new() { ["filter"] = "some" });

    private static string NameOf(string path) => path.Split('/')[^1];

    private static void Only(Bench bench, List<JsonObject> found, string path) =>
        bench.Holds(found.Count == 1 && found.With(path) is not null, $"The filter finds {found.Count} resources instead of one.");

    private static async Task TypeAsync(Bench bench)
    {
        const string Type = "MICROSOFT.STORAGEMOVER/storagemovers";
        var found = await FindAsync(bench, $"resourceType eq '{Type}'");
        bench.Holds(found.With(bench.Mover) is not null, "The storage mover is not found.");
        bench.Holds(found.TrueForAll(r => Type.Equals((string?)r["type"], StringComparison.OrdinalIgnoreCase)),
            "The filter finds another type.");
        bench.Holds((await FindAsync(bench, "resourceType eq 'Microsoft.Compute/disks'")).With(bench.Mover) is null,
            "The filter for disks finds the storage mover.");
    }

    private static async Task NameAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        Only(bench, await FindAsync(bench, $"name eq '{NameOf(path)}'"), path);
    }

    private static async Task TagAsync(Bench bench)
    {
        var value = Guid.NewGuid().ToString("N");
        var path = await ResourceListRules.TaggedAsync(bench, new() { ["filter"] = value });
        await MadeAsync(bench);
        Only(bench, await FindAsync(bench, $"tagName eq 'filter' and tagValue eq '{value}'"), path);
    }

    private static async Task TagNameAsync(Bench bench)
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        var path = await ResourceListRules.TaggedAsync(bench, new() { [name] = "any" });
        Only(bench, await FindAsync(bench, $"tagName eq '{name}'"), path);
    }

    private static async Task SubstringAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var found = await FindAsync(bench, $"substringof('{NameOf(path)[1..]}', name)");
        Only(bench, found, path);
    }

    private static async Task LocationAsync(Bench bench)
    {
        bench.Holds((await FindAsync(bench, $"location eq '{bench.Location}'")).With(bench.Mover) is not null,
            "The filter does not find it.");
        bench.Holds((await FindAsync(bench, "location eq 'atlantis'")).Count == 0,
            "The filter finds a resource in a location that does not exist.");
    }

    private static async Task NotEqualAsync(Bench bench)
    {
        var (one, other) = (await MadeAsync(bench), await MadeAsync(bench));
        var found = await FindAsync(bench, $"name ne '{NameOf(one)}'");
        bench.Holds(found.With(one) is null && found.With(other) is not null, "The filter does not exclude exactly this one.");
    }

    private static async Task BothAsync(Bench bench)
    {
        var (one, other) = (await MadeAsync(bench), await MadeAsync(bench));
        var either = await FindAsync(bench, $"name eq '{NameOf(one)}' or name eq '{NameOf(other)}'");
        bench.Holds(either.Count == 2, $"The filter finds {either.Count} resources with one of two names.");
        var both = await FindAsync(bench, $"name eq '{NameOf(one)}' and resourceType eq 'Microsoft.Compute/disks'");
        bench.Holds(both.Count == 0, "The filter finds a storage mover that is also a disk.");
    }

    private static async Task QuoteAsync(Bench bench)
    {
        var path = await ResourceListRules.TaggedAsync(bench, new() { ["quoted"] = "it's " + NameOf(bench.Fresh(Kind.Of("projects"))) });
        var value = (string?)(await bench.GetAsync(path)).Object()["tags"]?["quoted"] ?? string.Empty;
        var text = value.Replace("'", "''", StringComparison.Ordinal);
        Only(bench, await FindAsync(bench, $"tagName eq 'quoted' and tagValue eq '{text}'"), path);
    }

    private static async Task WrongAsync(Bench bench)
    {
        foreach (var wrong in new[] { "nonsense", "name eq", "name eq 'open", "colour eq 'red'", "(name eq 'a'", "name like 'a'" })
        {
            (await bench.ArmAsync("GET", bench.Group + "/resources" + Around.Filter(wrong))).Error(400, "InvalidFilterInQueryString");
        }
    }

    private static async Task NothingAsync(Bench bench)
    {
        var page = await bench.ArmAsync("GET", bench.Group + "/resources" + Around.Filter("name eq 'nobody-is-called-so'"));
        page.Holds(page.Items().Count == 0, "The filter finds a resource with an unused name.")
            .Holds(page.Object()["nextLink"] is null, "The list has a nextLink.");
    }
}
