using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Regions. Source: ARM REST reference, "Subscriptions - List Locations"; Azure's table of region pairs.</summary>
internal static class LocationRules
{
    // The pair table says these go one way, and which of them leaves its geography.
    private static readonly string[] OneWay = ["westus3", "brazilsouth", "brazilsoutheast", "westindia"];
    private static readonly string[] OutOfGeography = ["brazilsouth"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-LOC-001", "A location has a name, a display name, and an id below the subscription.", Sources.Arm, ShapeAsync),
        Rule.Once("ARM-LOC-002", "A location's name consists of lower-case letters and digits, and is listed once.",
            Sources.Arm, NamesAsync),
        Rule.Once("ARM-LOC-003", "A paired region is listed too, and the pair's id refers to it.", Sources.Arm, PairsAsync),
        Rule.Once("ARM-LOC-004", "A pair is in one geography, except for the documented exception.", Sources.Documents, GeographyAsync),
        Rule.Once("ARM-LOC-005", "Pairs are mutual, except for those documented as one-way.", Sources.Documents, MutualAsync),
        Rule.Once("ARM-LOC-006", "A physical location names its geography and its geography group.", Sources.Arm, MetadataAsync),
        Rule.Once("ARM-LOC-007", "A resource group in an unknown location is refused: 400.", Sources.Arm, NoGroupThereAsync),
        Rule.Once("ARM-LOC-008", "A resource in an unknown location is refused: 400.", Sources.Arm, NoResourceThereAsync),
        Rule.Once("ARM-LOC-009", "The locations of a resource type are display names of listed locations.", Sources.Arm, OfTypeAsync),
        Rule.Once("ARM-LOC-010", "A resource may be in a different location from its group.", Sources.Arm, OtherLocationAsync),
    ];

    private static Task<List<JsonObject>> ListAsync(Bench bench) => bench.AllAsync(Around.Arm, bench.Subscription + "/locations");

    private static IEnumerable<(JsonObject Region, string Pair, string PairId)> Pairs(IEnumerable<JsonObject> regions) =>
        from region in regions
        from pair in region["metadata"]?["pairedRegion"] as JsonArray ?? []
        select (region, (string?)pair?["name"] ?? string.Empty, (string?)pair?["id"] ?? string.Empty);

    private static async Task ShapeAsync(Bench bench)
    {
        var regions = await ListAsync(bench);
        bench.Holds(regions.Count > 0, "The location is missing.");
        foreach (var region in regions)
        {
            bench.Holds(!string.IsNullOrEmpty((string?)region["displayName"]), $"'{region["name"]}' has no display name.");
            bench.Holds($"{bench.Subscription}/locations/{region["name"]}".Equals((string?)region["id"],
                StringComparison.OrdinalIgnoreCase),
                $"The id of '{region["name"]}' is '{region["id"]}'.");
        }
    }

    private static async Task NamesAsync(Bench bench)
    {
        var names = (await ListAsync(bench)).ConvertAll(r => (string?)r["name"] ?? string.Empty);
        var strange = names.Find(n => n.Length == 0 || !n.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        bench.Holds(strange is null, $"'{strange}' is not a location name.");
        bench.Holds(names.Distinct(StringComparer.Ordinal).Count() == names.Count, "A location is listed twice.");
    }

    private static async Task PairsAsync(Bench bench)
    {
        var regions = await ListAsync(bench);
        foreach (var (region, pair, id) in Pairs(regions))
        {
            var found = regions.With(id);
            bench.Holds(found is not null && (string?)found["name"] == pair, $"The pair '{pair}' of '{region["name"]}' is not listed.");
        }
    }

    private static async Task GeographyAsync(Bench bench)
    {
        var regions = await ListAsync(bench);
        foreach (var (region, pair, id) in Pairs(regions).Where(p => !OutOfGeography.Contains((string?)p.Region["name"])))
        {
            var (here, there) = ((string?)region["metadata"]?["geography"], (string?)regions.With(id)?["metadata"]?["geography"]);
            bench.Holds(here == there, $"'{region["name"]}' is in {here}, its pair '{pair}' in {there}.");
        }
    }

    private static async Task MutualAsync(Bench bench)
    {
        var pairs = Pairs(await ListAsync(bench)).Select(p => (From: (string?)p.Region["name"] ?? string.Empty, To: p.Pair)).ToHashSet();
        foreach (var (from, to) in pairs.Where(p => !OneWay.Contains(p.From, StringComparer.Ordinal)))
        {
            bench.Holds(pairs.Contains((to, from)), $"'{from}' is paired with '{to}', but '{to}' is not paired with '{from}'.");
        }
    }

    private static async Task MetadataAsync(Bench bench)
    {
        foreach (var region in (await ListAsync(bench)).Where(r => (string?)r["metadata"]?["regionType"] == "Physical"))
        {
            foreach (var name in new[] { "geography", "geographyGroup" })
            {
                bench.Holds(!string.IsNullOrEmpty((string?)region["metadata"]?[name]), $"'{region["name"]}' has no {name}.");
            }
        }
    }

    private static async Task NoGroupThereAsync(Bench bench)
    {
        var path = $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}";
        (await bench.ArmAsync("PUT", path, new JsonObject { ["location"] = "atlantis" })).Error(400,
            "LocationNotAvailableForResourceGroup");
        (await bench.ArmAsync("GET", path)).Error(404, "ResourceGroupNotFound");
    }

    private static async Task NoResourceThereAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("storageMovers"));
        (await bench.SendAsync("PUT", path, new JsonObject { ["location"] = "atlantis" })).Error(400,
            "LocationNotAvailableForResourceType");
        (await bench.GetAsync(path)).Error(404);
    }

    private static async Task OfTypeAsync(Bench bench)
    {
        var known = (await ListAsync(bench)).Select(r => (string?)r["displayName"]).ToHashSet(StringComparer.Ordinal);
        var get = (await bench.ArmAsync("GET", bench.Subscription + "/providers/Microsoft.StorageMover")).Status(200);
        var type = (get.Object()["resourceTypes"] as JsonArray ?? []).First(t => (string?)t?["resourceType"] == "storageMovers");
        var locations = (type?["locations"] as JsonArray ?? []).Select(l => (string?)l).ToList();
        get.Holds(locations.Count > 0, "The type storageMovers lists no locations.")
            .Holds(locations.TrueForAll(known.Contains), "A location of the type is not in the list of locations.");
    }

    private static async Task OtherLocationAsync(Bench bench)
    {
        var get = (await bench.ArmAsync("GET", bench.Subscription + "/providers/Microsoft.StorageMover")).Status(200);
        var type = (get.Object()["resourceTypes"] as JsonArray ?? []).First(t => (string?)t?["resourceType"] == "storageMovers");
        var other = (type?["locations"] as JsonArray ?? []).Select(l => Plain((string?)l)).FirstOrDefault(l => l != Plain(bench.Location))
            ?? throw new NotApplicableException("there is only one location");
        var put = await bench.SendAsync("PUT", bench.Fresh(Kind.Of("storageMovers")), new JsonObject { ["location"] = other });
        put.Status(200, 201).Same(other, Plain((string?)put.Object()["location"]), "The location");
    }

    private static string Plain(string? location) =>
        (location ?? string.Empty).Replace(" ", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
}
