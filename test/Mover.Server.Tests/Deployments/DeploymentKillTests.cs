using System.Net;
using Mover.Server.Tests.Operations;
using Mover.State;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>A deployment ends once and whole, whichever instance dies at which of its commits.</summary>
public sealed class DeploymentKillTests : SharedStoreTests
{
    public static TheoryData<int, bool> Commits()
    {
        var commits = new TheoryData<int, bool>();
        var all = Environment.GetEnvironmentVariable("MOVER_KILLS") is not null;
        for (var commit = 1; commit <= 15; commit++)
        {
            if (all || commit % 2 == 1)
            {
                commits.Add(commit, commit % 4 == 1);
            }

            if (all)
            {
                commits.Add(commit, commit % 4 != 1);
            }
        }

        return commits;
    }

    [Theory]
    [MemberData(nameof(Commits))]
    public async Task An_instance_that_dies_at_any_commit_leaves_the_other_to_finish_the_deployment(int commit, bool applies)
    {
        var (first, second) = (new SharedStore(Store), new SharedStore(Store));
        var one = await StartAsync("one", first);
        await one.CreateGroupAsync();
        var inner = Of(MoverOf("m2"));
        var nested = $$"""
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
             "properties": {"mode": "Incremental", "template": {{inner}} } }
            """;
        var body = Body(Of($"{MoverOf("m1")}, {Project("m1", "p1")}, {nested}, {Project("m1", "p2")}, {Project("m1", "p3", "[parameters('g')]")}",
            """
            "parameters": {"g": {"type": "string", "defaultValue": "[newGuid()]"}},
            """));
        await using var two = await StartAsync("two", second);
        first.DieAt(commit, applies);

        var answer = await one.DeploymentAsync("PUT", one.Deployment(), body);
        if ((int)answer.StatusCode >= 500)
        {
            answer = await two.DeploymentAsync("PUT", two.Deployment(), body);
        }

        // What was accepted and not acknowledged is still active.
        Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, await answer.Content.ReadAsStringAsync());
        await LapseWhenDeadAsync(first);
        var done = await two.EndAsync(two.Deployment());

        AssertSucceeded(done);
        AssertSucceeded(await (await two.DeploymentAsync("GET", two.Deployment("inner"))).JsonAsync());
        foreach (var path in new[] { two.Mover(), two.Mover("m2"), two.Mover() + "/projects/p1", two.Mover() + "/projects/p2", two.Mover() + "/projects/p3" })
        {
            var resource = await (await two.GetAsync(path)).JsonAsync();
            Assert.True(resource["systemData"] is not null, $"{path}: {resource.ToJsonString()}");
            Assert.Equal(resource["systemData"]!["createdAt"]!.GetValue<string>(), resource["systemData"]!["lastModifiedAt"]!.GetValue<string>());
        }

        var guid = (await (await two.GetAsync(two.Mover() + "/projects/p3")).JsonAsync())["properties"]!["description"]!.GetValue<string>();
        Assert.Equal(guid, done["properties"]!["parameters"]!["g"]!["value"]!.GetValue<string>());
        Assert.Equal(6, (await two.StepsAsync(two.Deployment())).Length);
        await EmptyAsync("pending-deployments/");
        await EndAsync(one);
    }

    private async Task LapseWhenDeadAsync(SharedStore first)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!first.IsDead && (await Store.ListAsync("pending-deployments/", null, 1, CancellationToken.None)).Entries.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }

        first.Die();
        await LapseAsync("one");
    }

    private async Task EmptyAsync(string prefix)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Store.ListAsync(prefix, null, 1, CancellationToken.None)).Entries.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
