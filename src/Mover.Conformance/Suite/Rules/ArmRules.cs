using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>ARM around the resources: groups, subscriptions, the provider and its operations. Source: ARM RPC and its REST
/// reference.</summary>
internal static class ArmRules
{
    private const string GroupVersion = "2021-04-01";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfVersion("ARM-OPS-001", "The provider lists an operation for each verb of each resource type, named as RBAC names it.",
            OperationsAsync),
        Rule.OfVersion("ARM-PROV-001", "The provider is registered, and each of its types lists this version.", ProviderAsync),
        Rule.OfVersion("ARM-PROV-002", "An unknown provider returns 404.", NoProviderAsync),
        Rule.OfVersion("ARM-SUB-001", "The subscription is listed, and a GET returns it.", SubscriptionAsync),
        Rule.OfVersion("ARM-GROUP-001", "A GET of the resource group returns its location, and the list of groups contains it.",
            GroupAsync),
        Rule.OfVersion("ARM-GROUP-002", "HEAD returns 204 for an existing group and 404 for a missing one.", HeadAsync),
        Rule.OfVersion("ARM-GROUP-003", "A GET of a missing group returns 404 ResourceGroupNotFound.", NoGroupAsync),
        Rule.OfVersion("ARM-GROUP-004", "A PATCH of a group's tags replaces them all.", TagsAsync),
        Rule.OfVersion("ARM-GROUP-005", "The location of a group cannot be changed: 409 or 400.", LocationAsync),
        Rule.OfVersion("ARM-GROUP-006", "A group's name has at most 90 characters.", NameAsync),
    ];

    private static async Task OperationsAsync(Bench bench)
    {
        var page = (await bench.GetAsync("/providers/Microsoft.StorageMover/operations")).Status(200);
        var names = (page.Object()["value"] as JsonArray ?? []).Select(o => (string?)o?["name"] ?? string.Empty)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var kind in Kind.In(bench.Api).Where(k => !k.IsVariant))
        {
            foreach (var verb in new[] { "read", "write", "delete" })
            {
                page.Holds(names.Contains($"{kind.Type}/{verb}"), $"'{kind.Type}/{verb}' is not listed.");
            }
        }

        page.Holds(names.Contains("Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action"),
            "startJob is not listed.");
    }

    private static async Task ProviderAsync(Bench bench)
    {
        var get = (await SendAsync(bench, "GET", $"{bench.Subscription}/providers/Microsoft.StorageMover")).Status(200);
        get.Same("Registered", get.Object()["registrationState"], "The registration");
        var types = (get.Object()["resourceTypes"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        foreach (var kind in Kind.In(bench.Api).Where(k => !k.IsVariant))
        {
            var type = types.Find(t => kind.Type.EndsWith("/" + (string?)t["resourceType"], StringComparison.OrdinalIgnoreCase)
                && kind.Type.Length == "Microsoft.StorageMover/".Length + ((string?)t["resourceType"])?.Length);
            var versions = (type?["apiVersions"] as JsonArray ?? []).Select(v => (string?)v);
            get.Holds(versions.Contains(bench.Version, StringComparer.OrdinalIgnoreCase), $"{kind.Type} does not list {bench.Version}.");
        }
    }

    private static async Task NoProviderAsync(Bench bench) =>
        (await SendAsync(bench, "GET", $"{bench.Subscription}/providers/Contoso.Homes")).Error(404);

    private static async Task SubscriptionAsync(Bench bench)
    {
        var list = (await SendAsync(bench, "GET", "/subscriptions")).Status(200);
        list.Holds(list.Body.Contains(bench.Subscription, StringComparison.OrdinalIgnoreCase), "The subscription is not listed.");
        var get = (await SendAsync(bench, "GET", bench.Subscription)).Status(200);
        get.Same(bench.Subscription, get.Object()["id"], "The id").Same("Enabled", get.Object()["state"], "The state");
    }

    private static async Task GroupAsync(Bench bench)
    {
        var get = (await SendAsync(bench, "GET", bench.Group)).Status(200);
        get.Holds(!string.IsNullOrEmpty((string?)get.Object()["location"]), "The group has no location.");
        var list = (await SendAsync(bench, "GET", $"{bench.Subscription}/resourceGroups")).Status(200);
        list.Holds(
            list.Object()["nextLink"] is not null || list.Body.Contains(bench.Group, StringComparison.OrdinalIgnoreCase),
            "The group is not listed.");
    }

    private static async Task HeadAsync(Bench bench)
    {
        (await SendAsync(bench, "HEAD", bench.Group)).Status(204);
        (await SendAsync(bench, "HEAD", bench.Group + "-no-such")).Status(404);
    }

    private static async Task NoGroupAsync(Bench bench)
    {
        (await SendAsync(bench, "GET", bench.Group + "-no-such")).Error(404, "ResourceGroupNotFound");
        (await SendAsync(bench, "DELETE", bench.Group + "-no-such")).Error(404, "ResourceGroupNotFound");
    }

    private static async Task TagsAsync(Bench bench)
    {
        var before = (await SendAsync(bench, "GET", bench.Group)).Object()["tags"];
        var tags = new JsonObject { ["conformance"] = bench.Version };
        var patch = await SendAsync(bench, "PATCH", bench.Group, new JsonObject { ["tags"] = tags.DeepClone() });
        patch.Status(200).Same(tags, patch.Object()["tags"], "The tags");
        (await SendAsync(bench, "PATCH", bench.Group, new JsonObject { ["tags"] = before?.DeepClone() ?? new JsonObject() })).Status(200);
    }

    private static async Task LocationAsync(Bench bench)
    {
        var other = bench.Location == "westus2" ? "westeurope" : "westus2";
        (await SendAsync(bench, "PUT", bench.Group, new JsonObject { ["location"] = other })).Status(400, 409);
    }

    private static async Task NameAsync(Bench bench)
    {
        var name = new string('g', 91);
        (await SendAsync(bench, "PUT", $"{bench.Subscription}/resourceGroups/{name}",
            new JsonObject { ["location"] = bench.Location })).Error(400);
    }

    private static Task<Exchange> SendAsync(Bench bench, string method, string path, JsonNode? body = null) =>
        bench.SendAsync(new Call(method, bench.Versioned(path, GroupVersion), body?.ToJsonString()));
}
