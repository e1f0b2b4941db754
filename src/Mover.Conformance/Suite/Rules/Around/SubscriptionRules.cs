using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Subscriptions and tenants. Source: ARM REST reference, "Subscriptions", "Tenants".</summary>
internal static class SubscriptionRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-SUB-002", "A subscription's id contains its subscriptionId, a GUID.", Sources.Arm, IdAsync),
        Rule.Once("ARM-SUB-003", "The subscription names its tenant, and the tenant is listed.", Sources.Arm, TenantAsync),
        Rule.Once("ARM-SUB-004", "A missing subscription returns 404 SubscriptionNotFound.", Sources.Arm, AbsentAsync),
        Rule.Once("ARM-SUB-005", "A subscription's id is not case-sensitive.", Sources.Rpc, CasingAsync),
        Rule.Once("ARM-SUB-006", "A path below a missing subscription returns 404, not 403 or 5xx.", Sources.Rpc, BelowAsync),
        Rule.Once("ARM-SUB-007", "A listed subscription equals what a GET returns.", Sources.Arm, ListedAsync),
        Rule.Once("ARM-TENANT-001", "A tenant's id contains its tenantId, a GUID.", Sources.Arm, TenantIdAsync),
    ];

    private static async Task IdAsync(Bench bench)
    {
        var get = (await bench.ArmAsync("GET", bench.Subscription)).Status(200);
        var id = (string?)get.Object()["subscriptionId"];
        get.Holds(Guid.TryParseExact(id, "D", out _), $"The subscriptionId is '{id}'.")
            .Same($"/subscriptions/{id}", get.Object()["id"], "The id");
    }

    private static async Task TenantAsync(Bench bench)
    {
        var tenant = (string?)(await bench.ArmAsync("GET", bench.Subscription)).Status(200).Object()["tenantId"];
        var tenants = await bench.AllAsync(Around.Arm, "/tenants");
        bench.Holds(tenants.Exists(t => (string?)t["tenantId"] == tenant), $"The tenant '{tenant}' is not listed.");
    }

    private static async Task AbsentAsync(Bench bench) =>
        (await bench.ArmAsync("GET", $"/subscriptions/{Guid.NewGuid()}")).Error(404, "SubscriptionNotFound");

    private static async Task CasingAsync(Bench bench)
    {
        var id = bench.Subscription.Split('/')[^1];
        var get = (await bench.ArmAsync("GET", $"/SUBSCRIPTIONS/{id.ToUpperInvariant()}")).Status(200);
        get.Holds(id.Equals((string?)get.Object()["subscriptionId"], StringComparison.OrdinalIgnoreCase),
            "The response is for another subscription.");
    }

    private static async Task BelowAsync(Bench bench)
    {
        var other = bench.Movers.Replace(bench.Subscription, $"/subscriptions/{Guid.NewGuid()}", StringComparison.Ordinal);
        (await bench.GetAsync(other)).Error(404, "SubscriptionNotFound");
        (await bench.ArmAsync("GET", $"/subscriptions/{Guid.NewGuid()}/resourceGroups")).Error(404, "SubscriptionNotFound");
    }

    private static async Task ListedAsync(Bench bench)
    {
        var listed = (await bench.AllAsync(Around.Arm, "/subscriptions")).With(bench.Subscription);
        var get = (await bench.ArmAsync("GET", bench.Subscription)).Status(200);
        get.Holds(listed is not null, "The subscription is not listed.");
        foreach (var name in new[] { "subscriptionId", "tenantId", "displayName", "state" })
        {
            get.Same(get.Object()[name], listed?[name], $"The listed '{name}'");
        }
    }

    private static async Task TenantIdAsync(Bench bench)
    {
        var tenants = await bench.AllAsync(Around.Arm, "/tenants");
        bench.Holds(tenants.Count > 0, "No tenant is listed.");
        foreach (var tenant in tenants)
        {
            var id = (string?)tenant["tenantId"];
            bench.Holds(Guid.TryParseExact(id, "D", out _), $"The tenantId is '{id}'.");
            bench.Holds((string?)tenant["id"] == $"/tenants/{id}", $"The id is '{tenant["id"]}'.");
        }
    }
}
