using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Resource providers and the operations of Storage Mover. Source: ARM REST reference, "Providers"; ARM RPC,
/// "operations".</summary>
internal static partial class ProviderRules
{
    private const string StorageMover = "/providers/Microsoft.StorageMover";
    private static readonly string[] States = ["Registered", "Registering", "NotRegistered", "Unregistering", "Unregistered"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-PROV-003", "The list of providers contains those that clients need.", Sources.Arm, ListedAsync),
        Rule.Once("ARM-PROV-004", "Every provider has a registration state defined in the reference.", Sources.Arm, StatesAsync),
        Rule.Once("ARM-PROV-005", "A provider's namespace is not case-sensitive.", Sources.Arm, CasingAsync),
        Rule.Once("ARM-PROV-006", "Registering a registered provider returns 200 and changes nothing.", Sources.Arm, RegisterAsync),
        Rule.Once("ARM-PROV-007", "A provider with resources cannot be unregistered: 409.", Sources.Arm, UnregisterAsync),
        Rule.Once("ARM-PROV-008", "A type in an unknown namespace returns 404 InvalidResourceNamespace.", Sources.Arm,
            NoNamespaceAsync),
        Rule.Once("ARM-PROV-009", "A type that its namespace does not have returns 404 InvalidResourceType.", Sources.Arm, NoTypeAsync),
        Rule.Once("ARM-PROV-010", "The ids of a tenant's providers have no subscription.", Sources.Arm, OfTenantAsync),
        Rule.Once("ARM-PROV-011", "The api-versions of a type are dates, newest first.", Sources.Arm, VersionsAsync),
        Rule.Once("ARM-PROV-012", "A type with location and tags lists them in its capabilities.", Sources.Arm, CapabilitiesAsync),
        Rule.Once("ARM-PROV-013", "An api-version of another provider is refused for Storage Mover: 400.", Sources.Rpc,
            ForeignVersionAsync),
        Rule.Once("ARM-PROV-014", "Only types directly in a group, with a location, are listed as tracked.", Sources.Rpc,
            ProxiesAsync),
        Rule.Once("ARM-OPS-002", "An operation's display has provider, resource, operation and description.", Sources.Rpc,
            DisplayAsync),
        Rule.Once("ARM-OPS-003", "No control plane operation is a data action.", Sources.Definition, DataActionAsync),
        Rule.Once("ARM-OPS-004", "No operation is listed twice.", Sources.Rpc, OnceAsync),
        Rule.Once("ARM-OPS-005", "An operation's name is made of provider, types, and a verb or action.", Sources.Rpc, NamesAsync),
        Rule.Once("ARM-OPS-006", "The actions of jobs are listed as operations.", Sources.Definition, ActionsAsync),
    ];

    [GeneratedRegex(@"\AMicrosoft\.StorageMover(/[A-Za-z]+)+/(read|write|delete|[A-Za-z]+/action)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OperationName();

    private static Task<List<JsonObject>> OperationsAsync(Bench bench) =>
        bench.AllAsync(bench.Version, StorageMover + "/operations");

    private static async Task<JsonObject> TypeAsync(Bench bench, string name)
    {
        var get = (await bench.ArmAsync("GET", bench.Subscription + StorageMover)).Status(200);
        return (get.Object()["resourceTypes"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(t => name.Equals((string?)t["resourceType"], StringComparison.OrdinalIgnoreCase))
            ?? throw new RuleBrokenException($"The type '{name}' is missing.", get);
    }

    private static async Task ListedAsync(Bench bench)
    {
        var names = (await bench.AllAsync(Around.Arm, bench.Subscription + "/providers")).Select(p => (string?)p["namespace"])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in new[] { "Microsoft.StorageMover", "Microsoft.Resources", "Microsoft.Authorization", "Microsoft.Storage" })
        {
            bench.Holds(names.Contains(name), $"'{name}' is not listed.");
        }
    }

    private static async Task StatesAsync(Bench bench)
    {
        foreach (var provider in await bench.AllAsync(Around.Arm, bench.Subscription + "/providers"))
        {
            var state = (string?)provider["registrationState"];
            bench.Holds(States.Contains(state, StringComparer.Ordinal), $"The state of {provider["namespace"]} is '{state}'.");
        }
    }

    private static async Task CasingAsync(Bench bench)
    {
        var get = (await bench.ArmAsync("GET", bench.Subscription + StorageMover.ToLowerInvariant())).Status(200);
        get.Holds("Microsoft.StorageMover".Equals((string?)get.Object()["namespace"], StringComparison.OrdinalIgnoreCase),
            "The response is for another provider.");
    }

    private static async Task RegisterAsync(Bench bench)
    {
        var post = (await bench.ArmAsync("POST", bench.Subscription + StorageMover + "/register")).Allowed().Status(200);
        post.Same("Registered", post.Object()["registrationState"], "The registration");
    }

    private static async Task UnregisterAsync(Bench bench)
    {
        (await bench.ArmAsync("POST", bench.Subscription + StorageMover + "/unregister")).Allowed().Error(409);
        var get = (await bench.ArmAsync("GET", bench.Subscription + StorageMover)).Status(200);
        get.Same("Registered", get.Object()["registrationState"], "The registration");
    }

    private static async Task NoNamespaceAsync(Bench bench) =>
        (await bench.ArmAsync("GET", bench.Group + "/providers/Contoso.Homes/houses/one")).Error(404, "InvalidResourceNamespace");

    private static async Task NoTypeAsync(Bench bench) =>
        (await bench.GetAsync(bench.Group + StorageMover + "/storageShakers/one")).Error(404, "InvalidResourceType");

    private static async Task OfTenantAsync(Bench bench)
    {
        var get = (await bench.ArmAsync("GET", StorageMover)).Status(200);
        get.Same(StorageMover, get.Object()["id"], "The id");
        var listed = (await bench.AllAsync(Around.Arm, "/providers")).With(StorageMover);
        bench.Holds(listed is not null, "The tenant's list does not contain the provider.");
    }

    private static async Task VersionsAsync(Bench bench)
    {
        var versions = ((await TypeAsync(bench, "storageMovers"))["apiVersions"] as JsonArray ?? []).Select(v => (string?)v ?? "").ToList();
        var strange = versions.Find(v => !DateOnly.TryParseExact(
            v.Replace("-preview", string.Empty, StringComparison.Ordinal), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out _));
        bench.Holds(versions.Count > 0 && strange is null, $"'{strange}' is not a date.");
        bench.Holds(versions.SequenceEqual(versions.OrderDescending(StringComparer.Ordinal), StringComparer.Ordinal),
            "The newest api-version is not first.");
    }

    private static async Task CapabilitiesAsync(Bench bench)
    {
        var capabilities = (string?)(await TypeAsync(bench, "storageMovers"))["capabilities"] ?? string.Empty;
        bench.Holds(capabilities.Contains("SupportsTags", StringComparison.Ordinal)
            && capabilities.Contains("SupportsLocation", StringComparison.Ordinal), $"The capabilities are '{capabilities}'.");
    }

    private static async Task ForeignVersionAsync(Bench bench) =>
        (await bench.AskAsync(Around.Roles, "GET", bench.Mover)).Error(400, "InvalidApiVersionParameter");

    private static async Task ProxiesAsync(Bench bench)
    {
        foreach (var proxy in new[] { "storageMovers/endpoints", "storageMovers/projects", "storageMovers/agents" })
        {
            var capabilities = (string?)(await TypeAsync(bench, proxy))["capabilities"] ?? "None";
            bench.Holds(!capabilities.Contains("SupportsTags", StringComparison.Ordinal), $"'{proxy}' claims to have tags.");
        }
    }

    private static async Task DisplayAsync(Bench bench)
    {
        foreach (var operation in await OperationsAsync(bench))
        {
            foreach (var name in new[] { "provider", "resource", "operation", "description" })
            {
                bench.Holds(!string.IsNullOrEmpty((string?)operation["display"]?[name]),
                    $"The display of '{operation["name"]}' has no {name}.");
            }
        }
    }

    private static async Task DataActionAsync(Bench bench)
    {
        var data = (await OperationsAsync(bench)).Find(o => (bool?)o["isDataAction"] == true);
        bench.Holds(data is null, $"'{data?["name"]}' is a data action.");
    }

    private static async Task OnceAsync(Bench bench)
    {
        var names = (await OperationsAsync(bench)).ConvertAll(o => (string?)o["name"] ?? string.Empty);
        bench.Holds(names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == names.Count, "An operation is listed twice.");
    }

    private static async Task NamesAsync(Bench bench)
    {
        var names = (await OperationsAsync(bench)).ConvertAll(o => (string?)o["name"] ?? string.Empty);
        var strange = names.Find(n => !OperationName().IsMatch(n));
        bench.Holds(names.Count > 0 && strange is null, $"'{strange}' is not an operation name.");
    }

    private static async Task ActionsAsync(Bench bench)
    {
        var names = (await OperationsAsync(bench)).Select(o => (string?)o["name"]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var action in new[] { "startJob", "stopJob" })
        {
            bench.Holds(names.Contains($"Microsoft.StorageMover/storageMovers/projects/jobDefinitions/{action}/action"),
                $"'{action}' is not listed.");
        }
    }
}
