using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Status;
using Mover.Recovery.Tests.Deploy;

namespace Mover.Recovery.Tests.Interrupted;

/// <summary>Somebody whose role lacks one action finds it out in the middle of a step, is told which, and goes on when the role has it.</summary>
public sealed class MissingRightsTests
{
    private const string Jobs = "Microsoft.StorageMover/storageMovers/projects/jobDefinitions";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Dictionary<string, string> NoMap = [];

    [Fact]
    public async Task A_caller_who_may_not_write_job_definitions_is_refused_before_anything_is_made()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        using var lacking = await scene.ClientOfAsync(await MakeRoleAsync(scene, $"{Jobs}/write"));

        var failed = await Assert.ThrowsAsync<RecoveryException>(
            () => new PlanDeployment(lacking, TimeProvider.System).RunAsync(plan, None));
        var half = await new RecoveryProgress(scene.WestClient).FindAsync(plan, "plan.json", None);
        var finished = await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None);

        Assert.Equal("RightsMissing", failed.Code);
        Assert.Contains($"{Jobs}/write", failed.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(half).IsDone);
        Assert.Equal((plan.Effects.Count, 0), (finished.Made, finished.Left));
    }

    [Fact]
    public async Task Assigning_and_starting_without_the_right_is_told_for_each_job_and_nothing_else_is_held_up()
    {
        await using var scene = await AgentScene.StartAsync(jobs: 2, "w1");
        using var lacking = await scene.Scene.ClientOfAsync(
            await MakeRoleAsync(scene.Scene, $"{Jobs}/write", $"{Jobs}/startJob/action"));
        var estate = await JobEstate.ReadAsync(lacking, scene.Scene.WestGroup, null, None);
        var wanted = Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, NoMap);

        var refused = await new Assignments(lacking).ApplyAsync(wanted, None);
        await new Assignments(scene.Scene.WestClient).ApplyAsync(wanted, None);
        estate = await scene.ReadAsync();
        var given = await new Grants(scene.Scene.WestClient, scene.Scene.WestGroup).GiveAsync(estate, estate.Jobs, None);
        var blocked = await new Starts(lacking).RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, None).ToListAsync();
        var started = await new Starts(scene.Scene.WestClient)
            .RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, None).ToListAsync();

        Assert.Equal(2, refused.Count);
        Assert.All(refused, one => Assert.Contains($"{Jobs}/write", one.Refused, StringComparison.Ordinal));
        Assert.All(blocked, one => Assert.Equal(StartOutcome.Blocked, one.Outcome));
        Assert.All(blocked, one => Assert.Contains($"{Jobs}/startJob/action", one.Reasons[0], StringComparison.Ordinal));
        Assert.All(started, one => Assert.Equal(StartOutcome.Started, one.Outcome));
    }

    // A Contributor who may do all but these.
    private static async Task<string> MakeRoleAsync(RecoveryScene scene, params string[] lacks)
    {
        var name = Guid.NewGuid().ToString();
        var subscription = $"/subscriptions/{scene.West.Subscription}";
        await scene.WestClient.PutRoleDefinitionAsync(
            $"{subscription}/providers/{RoleDefinitions.Type}/{name}",
            new()
            {
                ["properties"] = new JsonObject
                {
                    ["roleName"] = $"All but {lacks[0]}",
                    ["type"] = "CustomRole",
                    ["permissions"] = new JsonArray(new JsonObject
                    {
                        ["actions"] = new JsonArray("*"), ["notActions"] = new JsonArray([.. lacks.Select(one => (JsonNode)one)]),
                    }),
                    ["assignableScopes"] = new JsonArray(subscription),
                },
            },
            None);
        return name;
    }
}
