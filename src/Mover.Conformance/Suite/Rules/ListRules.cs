using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Lists and their pages. Source: ARM RPC, "get resource" and paging.</summary>
internal static class ListRules
{
    private const int PagesMax = 10_000;

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-LIST-001", "A created resource is listed once.", ContainsAsync),
        Rule.OfKinds("ARM-LIST-002", "A listed resource equals what a GET returns.", SameAsync),
        Rule.OfKinds("ARM-LIST-003", "An empty list has an empty value and no nextLink.", EmptyAsync),
        Rule.OfKinds("ARM-LIST-004", "A list below a missing parent returns 404.", NoParentAsync),
        Rule.OfKinds("ARM-LIST-005", "A list in a missing resource group returns 404 ResourceGroupNotFound.", NoGroupAsync),
        Rule.OfKinds("ARM-LIST-006", "A continuation token that no list returned is refused: 400.", TokenAsync),
        Rule.OfKinds("ARM-LIST-007", "Every listed id is below the list's path and of the listed type.", IdsAsync),
        Rule.OfVersion("ARM-LIST-008", "The pages together contain every resource once; nextLink is absolute and has the version.",
            PagesAsync),
        Rule.OfVersion("ARM-LIST-009", "The list of a subscription contains the storage movers of its groups.", SubscriptionAsync),
    ];

    /// <summary>Every id of a list, page by page.</summary>
    public static async Task<List<string>> IdsAsync(Bench bench, string path)
    {
        var ids = new List<string>();
        var next = (string?)bench.Versioned(path);
        for (var pages = 0; next is not null; pages++)
        {
            var page = (await bench.SendAsync(new Call("GET", next))).Status(200);
            page.Holds(pages < PagesMax, "The list does not end.");
            ids.AddRange((page.Object()["value"] as JsonArray ?? []).Select(v => (string?)v?["id"] ?? string.Empty));
            next = (string?)page.Object()["nextLink"];
        }

        return ids;
    }

    private static async Task ContainsAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var ids = await IdsAsync(bench, bench.ListOf(kind));
        bench.Last?.Holds(ids.Count(id => id.Equals(path, StringComparison.OrdinalIgnoreCase)) == 1,
            $"'{path}' is not listed exactly once.");
    }

    private static async Task SameAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var next = (string?)bench.Versioned(bench.ListOf(kind));
        JsonNode? listed = null;
        while (next is not null && listed is null)
        {
            var page = (await bench.SendAsync(new Call("GET", next))).Status(200).Object();
            listed = (page["value"] as JsonArray ?? []).FirstOrDefault(v => (string?)v?["id"] == path);
            next = (string?)page["nextLink"];
        }

        var get = await bench.GetAsync(path);
        get.Same(get.Object(), listed, "The listed resource");
    }

    private static async Task EmptyAsync(Bench bench, Kind kind)
    {
        if (kind.IsMover)
        {
            throw new NotApplicableException("the group contains the suite's own storage movers");
        }

        var mover = bench.Fresh(Kind.Of("storageMovers"));
        await bench.CreateAsync(Kind.Of("storageMovers"), mover);
        var list = $"{mover}/{kind.Collection}";
        if (kind.Collection == "jobDefinitions")
        {
            await bench.CreateAsync(Kind.Of("projects"), $"{mover}/projects/p");
            list = $"{mover}/projects/p/jobDefinitions";
        }

        var page = (await bench.GetAsync(list)).Status(200);
        page.Same(new JsonArray(), page.Object()["value"], "The value").Holds(page.Object()["nextLink"] is null,
            "The list has a nextLink.");
    }

    private static async Task NoParentAsync(Bench bench, Kind kind)
    {
        if (kind.IsMover)
        {
            throw new NotApplicableException("the parent of a storage mover is its resource group");
        }

        var gone = kind.Collection == "jobDefinitions"
            ? $"{bench.Mover}/projects/none/jobDefinitions"
            : $"{bench.Movers}/none/{kind.Collection}";
        (await bench.GetAsync(gone)).Error(404);
    }

    private static async Task NoGroupAsync(Bench bench, Kind kind) => (await bench.GetAsync(
        bench.ListOf(kind).Replace("/resourceGroups/", "/resourceGroups/no-such-", StringComparison.Ordinal)))
        .Error(404, "ResourceGroupNotFound");

    private static async Task TokenAsync(Bench bench, Kind kind) =>
        (await bench.GetAsync(bench.ListOf(kind) + "?$skiptoken=not-one-of-yours!")).Error(400);

    private static async Task IdsAsync(Bench bench, Kind kind)
    {
        await bench.CreateAsync(kind, bench.Fresh(kind));
        var ids = await IdsAsync(bench, bench.ListOf(kind));
        var strange = ids.Find(id => !id.StartsWith(bench.ListOf(kind) + "/", StringComparison.OrdinalIgnoreCase)
            || !kind.Type.Equals(TextRules.ArmIdType(id), StringComparison.OrdinalIgnoreCase));
        bench.Last?.Holds(strange is null, $"'{strange}' does not belong in this list.");
    }

    private static async Task PagesAsync(Bench bench)
    {
        const int Made = 7;
        var mover = bench.Fresh(Kind.Of("storageMovers"));
        await bench.CreateAsync(Kind.Of("storageMovers"), mover);
        for (var at = 0; at < Made; at++)
        {
            await bench.CreateAsync(Kind.Of("projects"), $"{mover}/projects/p{at}");
        }

        var first = (await bench.GetAsync($"{mover}/projects")).Status(200);
        var ids = await IdsAsync(bench, $"{mover}/projects");
        first.Holds(ids.Count == Made && ids.Distinct(StringComparer.OrdinalIgnoreCase).Count() == Made,
            $"{ids.Count} of {Made} resources are listed.");
        var next = (string?)first.Object()["nextLink"]
            ?? throw new NotApplicableException($"this endpoint returns {Made} resources in one page");
        first.Holds(TextRules.IsAddress(next), "The nextLink is not absolute.")
            .Holds(next.Contains($"api-version={bench.Version}", StringComparison.OrdinalIgnoreCase),
                "The nextLink is of another version.");
    }

    private static async Task SubscriptionAsync(Bench bench)
    {
        var ids = await IdsAsync(bench, $"{bench.Subscription}/providers/Microsoft.StorageMover/storageMovers");
        bench.Last?.Holds(ids.Contains(bench.Mover, StringComparer.OrdinalIgnoreCase), "The storage mover is not listed.");
    }
}
