using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Names: patterns, limits and casing. Source: ARM RPC, "resource names"; the patterns of the definitions and documents.</summary>
internal static class NameRules
{
    private static readonly (string Subject, string Escaped)[] Never =
    [
        ("blank", "a%20b"), ("slash", "a%2Fb"), ("percent", "a%25b"), ("question", "a%3Fb"), ("hash", "a%23b"), ("less", "a%3Cb"),
        ("quote", "a%22b"), ("backslash", "a%5Cb"), ("line", "a%0Ab"), ("umlaut", "%C3%A4"), ("colon", "a%3Ab"), ("ampersand", "a%26b"),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-NAME-001", "The longest name that the documents allow is accepted.", LongestAsync),
        Rule.OfKinds("ARM-NAME-002", "A name one character longer is refused: 400.", TooLongAsync),
        Rule.OfKinds("ARM-NAME-003", "A name of one character is accepted.", ShortestAsync),
        new("ARM-NAME-004", "A name with an invalid character is refused, and nothing is created.", api =>
            from kind in Kind.In(api).Where(k => !k.IsVariant)
            from name in Never
            select new Case($"{kind.Name}.{name.Subject}", bench => RefusedAsync(bench, kind, name.Escaped))),
        Rule.OfKinds("ARM-NAME-005", "A name that begins with a hyphen is refused: 400.", HyphenAsync, kind =>
            !kind.IsVariant && kind.Collection != "agents"),
        Rule.OfKinds("ARM-NAME-006", "Hyphens, underscores and digits are accepted.", SignsAsync),
        Rule.OfKinds("ARM-CASE-001", "Names are not case-sensitive.", OtherCasingAsync),
        Rule.OfKinds("ARM-CASE-002", "A PUT in another casing replaces the resource; it does not create a second one.", ReplacedAsync),
        Rule.OfKinds("ARM-CASE-003", "The casing of the name is kept.", KeptAsync),
        Rule.OfKinds("ARM-CASE-004", "Path segments are not case-sensitive.", SegmentsAsync),
        Rule.OfKinds("ARM-CASE-005", "The returned id has the documented casing, whatever the request's.", CanonicalAsync),
    ];

    private static async Task LongestAsync(Bench bench, Kind kind)
    {
        var path = $"{bench.ListOf(kind)}/{Named(bench, kind.NameCharsMax)}";
        await bench.CreateAsync(kind, path);
        (await bench.GetAsync(path)).Status(200);
        await bench.DeleteAsync(path);
    }

    private static async Task TooLongAsync(Bench bench, Kind kind)
    {
        var path = $"{bench.ListOf(kind)}/{Named(bench, kind.NameCharsMax + 1)}";
        (await bench.SendAsync("PUT", path, kind.Minimal(bench))).Error(400);
        (await bench.GetAsync(path)).Error(404);
    }

    private static async Task ShortestAsync(Bench bench, Kind kind)
    {
        if (kind.IsMover)
        {
            throw new NotApplicableException("the versions share a group, and their one-character storage movers would collide");
        }

        var path = $"{bench.ListOf(kind)}/z";
        await bench.CreateAsync(kind, path);
        await bench.DeleteAsync(path);
    }

    private static async Task RefusedAsync(Bench bench, Kind kind, string escaped)
    {
        var list = bench.ListOf(kind);
        var put = await bench.SendAsync("PUT", $"{list}/{escaped}", kind.Minimal(bench));
        put.Holds(put.Status is >= 400 and < 500, $"The name '{escaped}' returned {put.Status}.");
        var ids = await ListRules.IdsAsync(bench, list);
        put.Holds(!ids.Exists(id => id.EndsWith("/" + Uri.UnescapeDataString(escaped), StringComparison.Ordinal)),
            "A resource was created.");
    }

    private static async Task HyphenAsync(Bench bench, Kind kind) =>
        (await bench.SendAsync("PUT", $"{bench.ListOf(kind)}/-{bench.FreshName()}", kind.Minimal(bench))).Error(400);

    private static async Task SignsAsync(Bench bench, Kind kind)
    {
        var path = $"{bench.ListOf(kind)}/0-_{bench.FreshName()}_-";
        await bench.CreateAsync(kind, path);
        await bench.DeleteAsync(path);
    }

    private static async Task OtherCasingAsync(Bench bench, Kind kind)
    {
        var path = $"{bench.ListOf(kind)}/Case{bench.FreshName()}";
        await bench.CreateAsync(kind, path);
        (await bench.GetAsync(Recased(path, upper: true))).Status(200);
        (await bench.GetAsync(Recased(path, upper: false))).Status(200);
    }

    private static async Task ReplacedAsync(Bench bench, Kind kind)
    {
        var path = $"{bench.ListOf(kind)}/Case{bench.FreshName()}";
        var first = await bench.CreateAsync(kind, path);
        var second = await bench.CreateAsync(kind, Recased(path, upper: true));
        second.Status(200)
            .Same(first.Object()["systemData"]?["createdAt"], second.Object()["systemData"]?["createdAt"], "The creation time");
        var ids = await ListRules.IdsAsync(bench, bench.ListOf(kind));
        second.Holds(ids.Count(id => id.Equals(path, StringComparison.OrdinalIgnoreCase)) == 1, "It is not listed exactly once.");
    }

    private static async Task KeptAsync(Bench bench, Kind kind)
    {
        var name = $"CaMeL{bench.FreshName()}";
        var put = await bench.CreateAsync(kind, $"{bench.ListOf(kind)}/{name}");
        var get = await bench.GetAsync($"{bench.ListOf(kind)}/{name.ToLowerInvariant()}");
        put.Same(name, put.Object()["name"], "The name that the PUT returns");
        get.Same(name, get.Object()["name"], "The name that the GET returns");
    }

    private static async Task SegmentsAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        (await bench.GetAsync(Shouted(path))).Status(200);
        (await bench.GetAsync(path.ToLowerInvariant())).Status(200);
    }

    private static async Task CanonicalAsync(Bench bench, Kind kind)
    {
        var name = bench.FreshName();
        var put = await bench.CreateAsync(kind, $"{Shouted(bench.ListOf(kind))}/{name}");
        var id = (string?)put.Object()["id"] ?? string.Empty;
        put.Holds(id.Contains("/resourceGroups/", StringComparison.Ordinal)
            && id.Contains("/Microsoft.StorageMover/storageMovers/", StringComparison.Ordinal)
            && (kind.IsMover || id.Contains($"/{kind.Collection}/", StringComparison.Ordinal)), $"The id is '{id}'.");
    }

    private static string Named(Bench bench, int chars) => bench.FreshName().PadRight(chars, 'x');

    // The last segment is the name.
    private static string Recased(string path, bool upper)
    {
        var at = path.LastIndexOf('/') + 1;
        return path[..at] + (upper ? path[at..].ToUpperInvariant() : path[at..].ToLowerInvariant());
    }

    // Every other segment is a literal; the subscription's id and the names stay.
    private static string Shouted(string path) =>
        string.Join('/', path.Split('/').Select((segment, at) => at % 2 == 1 && at != 5 ? segment.ToUpperInvariant() : segment));
}
