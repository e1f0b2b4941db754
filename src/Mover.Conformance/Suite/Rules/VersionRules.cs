using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Api-versions over the same resources. Source: ARM RPC, "API versions"; the definitions of each version.</summary>
internal static class VersionRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-VER-001", "A request without api-version returns 400 MissingApiVersionParameter.", MissingAsync),
        Rule.OfKinds("ARM-VER-002", "An unknown api-version returns 400 InvalidApiVersionParameter and lists this one.", UnknownAsync),
        Rule.OfVersion("ARM-VER-003", "An api-version is not case-sensitive.", CasingAsync),
        Rule.OfVersion("ARM-VER-004", "An empty api-version is refused: 400.", EmptyAsync),
        new("ARM-VER-005", "A full resource written by the newest version is returned in this version's shape.", OfOlder(ShapeAsync)),
        new("ARM-VER-006", "A PUT in this version loses nothing that only the newest can express.", OfOlder(PutKeepsAsync)),
        new("ARM-VER-007", "A PATCH in this version loses nothing that only the newest can express.", OfOlder(PatchKeepsAsync)),
        new("ARM-VER-008", "A resource written by this version is returned by the newest in its own shape.", OfOlder(UpwardsAsync)),
        new("ARM-VER-009", "The list of this version shows resources written by the newest in this version's shape.", OfOlder(ListAsync)),
        new("ARM-VER-010", "A resource type or action that the version does not have is not served.", Absent),
    ];

    private static Func<ApiDefinition, IEnumerable<Case>> OfOlder(Func<Bench, Kind, string, Task> run) => api =>
        Kind.In(api).Where(_ => api.Version != ApiDefinitions.Newest)
            .Select(kind => new Case(kind.Name, bench => bench.Newest == bench.Version
                ? throw new NotApplicableException("this is the newest version of the endpoint")
                : run(bench, kind, bench.Newest)));

    private static async Task MissingAsync(Bench bench, Kind kind) =>
        (await bench.SendAsync(new Call("GET", bench.ListOf(kind)))).Error(400, "MissingApiVersionParameter");

    private static async Task UnknownAsync(Bench bench, Kind kind)
    {
        var answer = await bench.SendAsync(new Call("GET", bench.Versioned(bench.ListOf(kind), "1999-12-31")));
        answer.Error(400, "InvalidApiVersionParameter", "NoRegisteredProviderFound", "InvalidResourceType");
        answer.Holds(answer.Body.Contains(bench.Version, StringComparison.Ordinal), $"The message does not list {bench.Version}.");
    }

    private static async Task CasingAsync(Bench bench)
    {
        if (!bench.Version.EndsWith("-preview", StringComparison.Ordinal))
        {
            throw new NotApplicableException("the version has no letters");
        }

        var call = new Call("GET", bench.Versioned(bench.Mover, bench.Version.ToUpperInvariant()));
        (await bench.SendAsync(call)).Status(200);
    }

    private static async Task EmptyAsync(Bench bench) =>
        (await bench.SendAsync(new Call("GET", bench.Mover + "?api-version="))).Error(400);

    /// <summary>A resource that the newest version wrote with everything it has.</summary>
    private static async Task<(string Path, Exchange Put)> NewestAsync(Bench bench, Kind kind, string newest)
    {
        var path = bench.Fresh(kind);
        var body = kind.Full(bench.In(newest));
        var put = await bench.SendAsync(new Call("PUT", bench.Versioned(path, newest), body.ToJsonString()));
        return (path, put.Status(200, 201));
    }

    private static async Task<Exchange> GetNewestAsync(Bench bench, string path, string newest) =>
        (await bench.SendAsync(new Call("GET", bench.Versioned(path, newest)))).Status(200);

    // The shape itself is held by the definition, as that of every exchange is.
    private static async Task ShapeAsync(Bench bench, Kind kind, string newest)
    {
        var (path, put) = await NewestAsync(bench, kind, newest);
        var get = (await bench.GetAsync(path)).Status(200);
        foreach (var name in get.Properties().Select(p => p.Key).Where(name => name is not ("agentStatus" or "lastStatusUpdate")))
        {
            get.Same(put.Properties()[name], get.Properties()[name], $"The property '{name}'");
        }
    }

    private static async Task PutKeepsAsync(Bench bench, Kind kind, string newest)
    {
        var (path, _) = await NewestAsync(bench, kind, newest);
        var before = await GetNewestAsync(bench, path, newest);
        var old = (await bench.GetAsync(path)).Status(200);
        (await bench.SendAsync("PUT", path, old.Object())).Status(200);
        var after = await GetNewestAsync(bench, path, newest);
        after.Same(before.Properties(), after.Properties(), "What the newest version returns");
    }

    private static async Task PatchKeepsAsync(Bench bench, Kind kind, string newest)
    {
        if (kind.PatchOf(bench.Api) is null)
        {
            throw new NotApplicableException("the type has no PATCH");
        }

        var (path, _) = await NewestAsync(bench, kind, newest);
        var expected = (await GetNewestAsync(bench, path, newest)).Properties().DeepClone().AsObject();
        expected["description"] = "patched";
        (await bench.SendAsync("PATCH", path, PatchRules.Body(bench, kind, ("description", "patched")))).Status(200);
        var after = await GetNewestAsync(bench, path, newest);
        after.Same(expected, after.Properties(), "What the newest version returns");
    }

    private static async Task UpwardsAsync(Bench bench, Kind kind, string newest)
    {
        var path = bench.Fresh(kind);
        var put = (await bench.SendAsync("PUT", path, kind.Full(bench))).Status(200, 201);
        var get = await GetNewestAsync(bench, path, newest);
        foreach (var (name, value) in put.Properties().Where(p => p.Key is not ("agentStatus" or "lastStatusUpdate")))
        {
            get.Same(value, get.Properties()[name], $"The property '{name}'");
        }
    }

    private static async Task ListAsync(Bench bench, Kind kind, string newest)
    {
        var (path, _) = await NewestAsync(bench, kind, newest);
        var ids = await ListRules.IdsAsync(bench, bench.ListOf(kind));
        bench.Last?.Holds(ids.Contains(path, StringComparer.OrdinalIgnoreCase), "The resource is not listed.");
    }

    private static IEnumerable<Case> Absent(ApiDefinition api)
    {
        var newest = ApiDefinitions.Of(ApiDefinitions.Newest);
        return (newest?.Operations ?? []).Where(o => api.Find(o.Id) is null).Select(o => new Case(o.Id, bench => AbsentAsync(bench, o)));
    }

    private static async Task AbsentAsync(Bench bench, ApiOperation operation)
    {
        var path = bench.PathOf(operation);
        var body = operation.Method == "PUT" ? new JsonObject { ["properties"] = new JsonObject() } : null;
        var answer = await bench.SendAsync(operation.Method, path, body);
        answer.Holds(answer.Status is >= 400 and < 500, $"The version has no {operation.Id}, but it returned {answer.Status}.");
    }
}
