using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>Microsoft's management clients for JavaScript, unmodified. Every test fails when an exchange broke the API definitions.</summary>
public sealed class NodeClientTests(ControlPlane plane) : IClassFixture<ControlPlane>, IDisposable
{
    public void Dispose() => plane.Contract.AssertKept();

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Arm_resources_manages_groups_tags_providers_and_every_type_of_storage_mover()
    {
        var seen = await SeenAsync("arm-resources.mjs");

        Assert.Equal(7, (int?)seen["types"]);
        Assert.True((bool?)seen["groupIsGone"]);
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Arm_subscriptions_finds_the_subscription_its_locations_and_its_tenant()
    {
        var seen = await SeenAsync("arm-subscriptions.mjs");

        Assert.Equal("westus", (string?)seen["pairOfEastUs"]);
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Arm_authorization_reads_roles_and_gives_and_takes_one()
    {
        var seen = await SeenAsync("arm-authorization.mjs");

        Assert.Equal(1, (int?)seen["assigned"]);
        Assert.Equal(0, (int?)seen["left"]);
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Arm_resourcesdeployments_deploys_tells_ahead_cancels_and_exports_at_a_group_and_at_the_subscription()
    {
        var seen = await SeenAsync("arm-resourcesdeployments.mjs");

        AssertScope(seen["group"]!, ["Create", "Create"], ["NoChange", "NoChange"], 3);
        AssertScope(seen["subscription"]!, ["Create", "Create", "Create"], ["NoChange", "NoChange", "NoChange"], 3);
        var all = ApiDefinitions.Deployments.Operations.Select(operation => operation.Id)
            .Where(id => id.StartsWith("Deployment", StringComparison.Ordinal) && !id.EndsWith("AtScope", StringComparison.Ordinal));
        Assert.Empty(all.Except(plane.Contract.OperationsOf("2026-06-01"), StringComparer.Ordinal));
    }

    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task Arm_storagemover_does_every_operation_of_every_version_it_knows()
    {
        var seen = await SeenAsync("arm-storagemover-versions.mjs");

        var versions = seen["versions"]!.AsArray();
        Assert.Equal([4, 6, 6, 7], versions.Select(one => (int)one!["types"]!));
        foreach (var version in versions.Select(one => (string)one!["version"]!))
        {
            var all = ApiDefinitions.Of(version)!.Operations.Select(operation => operation.Id);
            Assert.Empty(all.Except(plane.Contract.OperationsOf(version), StringComparer.Ordinal));
        }
    }

    private static void AssertScope(JsonNode seen, string[] told, string[] toldAgain, int operations)
    {
        Assert.Equal(told, Texts(seen["told"]));
        Assert.Equal(toldAgain, Texts(seen["toldAgain"]));
        Assert.Equal(operations, Texts(seen["operations"]).Count(one => one.EndsWith(" Succeeded", StringComparison.Ordinal)));
        Assert.Equal("Canceled", (string?)seen["canceled"]);
    }

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(one => (string)one!);

    private async Task<JsonNode> SeenAsync(string script)
    {
        var before = plane.Contract.Held;
        var seen = JsonNode.Parse(await plane.RunNodeAsync(script))!;
        Assert.True(plane.Contract.Held > before, $"{script}: no definition spoke of any exchange.");
        return seen;
    }
}
