using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Status;
using Mover.Recovery.Tests.Deploy;

namespace Mover.Recovery.Tests.Interrupted;

/// <summary>A deployment is interrupted at each of its requests, and goes on with the same command.</summary>
public sealed class InterruptedDeploymentTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [MemberData(nameof(Told.Troubles), MemberType = typeof(Told))]
    public async Task A_deployment_that_is_interrupted_anywhere_is_finished_by_the_same_command(Trouble trouble)
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        var healthy = new PlanDeployment(scene.WestClient, TimeProvider.System);
        for (var at = 1; await InterruptAsync(scene, plan, trouble, at); at++)
        {
            Assert.Equal(await IsAsPlannedAsync(scene, plan), await IsCalledDoneAsync(scene, plan));

            var again = await healthy.RunAsync(plan, None);

            Assert.Equal(plan.Effects.Count, again.Made + again.Left);
            Assert.True(await IsCalledDoneAsync(scene, plan));
            await new PlanUndo(scene.WestClient).RunAsync(scene.WestGroup, plan.Id, None);
            Assert.False(await IsCalledDoneAsync(scene, plan));
        }
    }

    [Theory]
    [MemberData(nameof(Told.Kills), MemberType = typeof(Told))]
    public async Task A_deployment_in_two_steps_that_is_interrupted_anywhere_is_finished_by_the_same_command(Trouble trouble)
    {
        await using var scene = await RecoveryScene.StartAsync();
        await scene.JoinJobAndConnectionAsync();
        var plan = await scene.PlanAsync();
        var healthy = new PlanDeployment(scene.WestClient, TimeProvider.System);
        Assert.Single(plan.Later);
        for (var at = 1; await InterruptAsync(scene, plan, trouble, at); at++)
        {
            Assert.Equal(await IsAsPlannedAsync(scene, plan), await IsCalledDoneAsync(scene, plan));

            await healthy.RunAsync(plan, None);

            var mover = scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1");
            var job = await scene.WestClient.GetAsync(mover.Child("projects", "p1").Child("jobDefinitions", "j1"), None);
            var connection = await scene.WestClient.GetAsync(mover.Child("connections", "c1"), None);
            Assert.Equal(mover.Child("connections", "c1").Text, job["properties"]!["connections"]![0]!.ToString());
            Assert.Equal(job["id"]!.ToString(), connection["properties"]!["jobList"]![0]!.ToString());
            await new PlanUndo(scene.WestClient).RunAsync(scene.WestGroup, plan.Id, None);
        }
    }

    [Fact]
    public async Task The_first_of_two_steps_leaves_out_what_the_second_sets()
    {
        await using var scene = await RecoveryScene.StartAsync();
        await scene.JoinJobAndConnectionAsync();
        var plan = await scene.PlanAsync();

        await scene.WestClient.PutAsync(FirstStep.IdOf(plan), WhatIf.BodyOf(FirstStep.TemplateOf(plan), plan.To), None);
        var (between, _) = await WhatIf.AskAsync(scene.WestClient, plan.Template, plan.To, plan.Id, None);
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None);

        var left = Assert.Single(between, effect => effect.Change != WhatIf.NoChange);
        Assert.EndsWith("/jobDefinitions/j1", left.Id, StringComparison.Ordinal);
        Assert.True(await IsAsPlannedAsync(scene, plan));
    }

    private static async Task<bool> InterruptAsync(RecoveryScene scene, RecoveryPlan plan, Trouble trouble, int at)
    {
        using var troubled = new TroubledClient(scene.West, trouble, at);
        var fault = await Record.ExceptionAsync(() => new PlanDeployment(troubled.Client, TimeProvider.System).RunAsync(plan, None));
        if (troubled.WasHit)
        {
            Told.Check(trouble, at, fault);
            await EndAsync(scene, plan);
        }

        return troubled.WasHit;
    }

    // What a killed command began goes on at the destination.
    private static async Task EndAsync(RecoveryScene scene, RecoveryPlan plan)
    {
        foreach (var id in new[] { FirstStep.IdOf(plan), WhatIf.DeploymentOf(plan.To, plan.Id) })
        {
            while ((await scene.WestClient.FindAsync(id, None))?["properties"]?["provisioningState"]?.ToString()
                is { } state && state is not ("Succeeded" or "Failed"))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private static async Task<bool> IsCalledDoneAsync(RecoveryScene scene, RecoveryPlan plan) =>
        (await new RecoveryProgress(scene.WestClient).FindAsync(plan, "plan.json", None))[0].IsDone;

    private static async Task<bool> IsAsPlannedAsync(RecoveryScene scene, RecoveryPlan plan)
    {
        var (effects, refused) = await WhatIf.AskAsync(scene.WestClient, plan.Template, plan.To, plan.Id, None);
        return refused is null && effects.All(effect => effect.Change == WhatIf.NoChange);
    }
}
