using System.Text.Json.Nodes;
using Mover.Core.Regions;
using Mover.Recovery.Deploy;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Tests.Deploy;
using Mover.Recovery.Tests.Snapshots;

namespace Mover.Recovery.Tests.Drill;

/// <summary>What a drill deployed, exported again, is held to the snapshot and to the plan.</summary>
public sealed class DrillEstateTests
{
    private const string Agent = "w1";
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task What_the_plan_changed_and_the_scratch_agent_are_no_differences()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var (snapshot, plan) = await DeployAsync(scene);
        using var agent = await scene.StartAgentAsync(Agent);
        await scene.WestClient.PatchAsync(Job(scene), Properties("agentName", Agent), None);

        var found = Compare(snapshot, plan, await ExportAsync(scene));

        Assert.Empty(found.Unexplained);
        Assert.InRange(found.Explained, 6, 30);
    }

    [Fact]
    public async Task Each_other_difference_is_named()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var (snapshot, plan) = await DeployAsync(scene);
        var mover = scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1");
        await scene.WestClient.PatchAsync(Job(scene), Properties("description", "by somebody else"), None);
        await scene.WestClient.PutAsync(mover.Child("projects", "own"), [], None);
        await scene.WestClient.DeleteAsync(mover.Child("projects", "p1").Child("jobDefinitions", "j2"), None);

        var found = Compare(snapshot, plan, await ExportAsync(scene));

        Assert.Contains(found.Unexplained, one => one.StartsWith(
            "jobDefinitions 'm1/p1/j1' has \"by somebody else\" at /properties/description", StringComparison.Ordinal));
        Assert.Contains("projects 'm1/own' is in the group and not in the plan", found.Unexplained);
        Assert.Contains("projects 'm1/own' is not in the snapshot", found.Unexplained);
        Assert.Contains("jobDefinitions 'm1/p1/j2' is in the plan and not in the group", found.Unexplained);
        Assert.Contains("jobDefinitions 'm1/p1/j2' is only in the snapshot", found.Unexplained);
    }

    [Fact]
    public async Task A_change_that_the_plan_made_and_does_not_list_is_named()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var (snapshot, plan) = await DeployAsync(scene);
        var silent = plan with { Changes = [.. plan.Changes.Where(change => change.Rule != "move-to-region")] };

        var found = Compare(snapshot, silent, await ExportAsync(scene));

        Assert.Equal(
            "storageMovers 'm1' has \"westus\" at /location, the snapshot \"eastus\", and no rule says so", Assert.Single(found.Unexplained));
    }

    [Fact]
    public async Task A_change_that_the_plan_lists_and_did_not_make_is_named()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var (snapshot, plan) = await DeployAsync(scene);
        var wanted = plan with { Template = plan.Template.DeepClone().AsObject() };
        var job = Mover.Recovery.Rules.TemplateResources.All(wanted.Template).First(one => $"{one["name"]}" == "m1/p1/j1");
        job["properties"]!["copyMode"] = "Mirror";

        var found = Compare(snapshot, wanted, await ExportAsync(scene));

        Assert.Equal(
            "jobDefinitions 'm1/p1/j1' has \"Additive\" at /properties/copyMode, and the plan \"Mirror\"", Assert.Single(found.Unexplained));
    }

    private static DrillEstate Compare(Snapshot snapshot, RecoveryPlan plan, Snapshot exported) =>
        DrillEstate.Compare(snapshot, plan, exported, Agent);

    private static async Task<(Snapshot Snapshot, RecoveryPlan Plan)> DeployAsync(RecoveryScene scene)
    {
        var snapshot = await EstateScene.TakeAsync(scene.East);
        var plan = await new PlanMaker(scene.WestClient, RegionCatalogue.Azure, TimeProvider.System)
            .MakeAsync(snapshot, scene.Options with { Drill = new("here", DateTimeOffset.UnixEpoch, "/drills/1") }, None);
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None);
        return (snapshot, plan);
    }

    private static Task<Snapshot> ExportAsync(RecoveryScene scene) => EstateScene.TakeAsync(scene.West, "g1-west");

    private static Core.Arm.ResourceId Job(RecoveryScene scene) =>
        scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1").Child("projects", "p1").Child("jobDefinitions", "j1");

    private static JsonObject Properties(string name, string value) => new() { ["properties"] = new JsonObject { [name] = value } };
}
