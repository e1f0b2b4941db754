using System.Text.Json.Nodes;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Tests.Plans;

/// <summary>Resources that depend on each other in a circle are deployed all the same, where that can be.</summary>
public sealed class PlanCircleTests
{
    private const string Mover = $"{SomeSnapshot.GroupId}/providers/Microsoft.StorageMover/storageMovers/m1";

    [Fact]
    public void A_dependency_that_nothing_needs_is_left_out_and_told()
    {
        var plan = Make(resources =>
            resources[1]!["dependsOn"] = new JsonArray("[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', 'p1')]"));

        Assert.True(plan.IsReady());
        Assert.Empty(plan.Later);
        Assert.Contains(plan.Problems, problem => problem is { Code: "CircleBroken", IsBlocking: false }
            && problem.Message.Contains("'m1/p1'", StringComparison.Ordinal));
        Assert.Contains(plan.Changes, change => change is { Rule: "break-circle", Name: "m1", Path: "/dependsOn" });
        Assert.Null(Resource(plan.Template, "m1")["dependsOn"]);
        Assert.NotNull(Resource(plan.Template, "m1/p1")["dependsOn"]);
    }

    [Fact]
    public void A_resource_that_depends_on_itself_does_so_no_longer()
    {
        var plan = Make(resources => resources[5]!["dependsOn"]!.AsArray().Add(
            (JsonNode)"[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', 'p1')]"));

        Assert.True(plan.IsReady());
        Assert.Equal(
            """["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"]""",
            Resource(plan.Template, "m1/p1")["dependsOn"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    [Fact]
    public void Resources_that_name_each_other_are_deployed_in_two_steps()
    {
        var plan = Make(AddConnection);

        var first = FirstStep.TemplateOf(plan);

        Assert.True(plan.IsReady());
        Assert.Equal([new LaterValue("Microsoft.StorageMover/storageMovers/projects/jobDefinitions", "m1/p1/j1", "connections")], plan.Later);
        Assert.Null(Resource(first, "m1/p1/j1")["properties"]!["connections"]);
        Assert.NotNull(Resource(first, "m1/c1")["properties"]!["jobList"]);
        Assert.NotNull(Resource(plan.Template, "m1/p1/j1")["properties"]!["connections"]);
        Assert.True(Place(plan, "m1/p1/j1") < Place(plan, "m1/c1"));
        Assert.Contains("jobDefinitions', 'm1', 'p1', 'j1'", Resource(plan.Template, "m1/c1")["dependsOn"]!.ToJsonString()
            .Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(plan.Problems, problem => problem.Code == "CircleBroken" && problem.Message.Contains("second step", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_of_two_steps_has_an_id_of_its_own()
    {
        var plan = Make(AddConnection);

        Assert.NotEqual(plan.Id, PlanId.Of(plan.Template, plan.To, []));
        Assert.Equal(plan.Id, PlanId.Of(plan.Template, plan.To, plan.Later));
    }

    [Fact]
    public void A_circle_of_values_that_must_be_there_from_the_beginning_blocks_the_plan_and_is_told_by_name()
    {
        var plan = Make(resources =>
            resources[3]!["properties"]!["storageAccountResourceId"] = $"{Mover}/projects/p1/jobDefinitions/j1");

        Assert.Contains(
            plan.Problems,
            problem => problem is { Code: "CircularDependency", IsBlocking: true }
                && problem.Message.Contains("'m1/dst'", StringComparison.Ordinal) && problem.Message.Contains("'m1/p1/j1'", StringComparison.Ordinal)
                && !problem.Message.Contains("'m1/src'", StringComparison.Ordinal));
        Assert.Equal(5, TemplateResources.All(plan.Template).Count() - 1);
    }

    [Fact]
    public void Many_circles_through_one_connection_are_all_broken()
    {
        var plan = Make(resources =>
        {
            AddConnection(resources);
            for (var at = 2; at <= 300; at++)
            {
                var job = resources[6]!.DeepClone();
                job["name"] = $"m1/p1/j{at}";
                resources.Add(job);
                resources[7]!["properties"]!["jobList"]!.AsArray().Add((JsonNode)$"{Mover}/projects/p1/jobDefinitions/j{at}");
            }
        });

        Assert.True(plan.IsReady());
        Assert.Equal(300, plan.Later.Count);
    }

    [Fact]
    public void A_text_that_happens_to_be_an_id_makes_no_circle()
    {
        var plan = Make(resources => resources[3]!["properties"]!["description"] = $"{Mover}/projects/p1/jobDefinitions/j1");

        Assert.True(plan.IsReady());
        Assert.DoesNotContain(plan.Problems, problem => problem.Code == "CircleBroken");
    }

    internal static void AddConnection(JsonArray resources)
    {
        resources[6]!["properties"]!["connections"] = new JsonArray($"{Mover}/connections/c1");
        resources[6]!["dependsOn"]!.AsArray().Add((JsonNode)"[resourceId('Microsoft.StorageMover/storageMovers/connections', 'm1', 'c1')]");
        resources.Add(new JsonObject
        {
            ["type"] = "Microsoft.StorageMover/storageMovers/connections", ["apiVersion"] = "2025-12-01", ["name"] = "m1/c1",
            ["dependsOn"] = new JsonArray(
                "[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]",
                "[resourceId('Microsoft.StorageMover/storageMovers/projects/jobDefinitions', 'm1', 'p1', 'j1')]"),
            ["properties"] = new JsonObject
            {
                ["privateLinkServiceId"] = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/privateLinkServices/z",
                ["jobList"] = new JsonArray($"{Mover}/projects/p1/jobDefinitions/j1"),
            },
        });
    }

    private static RecoveryPlan Make(Action<JsonArray> change) =>
        PlanTemplate.Make(SomeSnapshot.Create(change), SomeSnapshot.Options, DateTimeOffset.UnixEpoch);

    private static JsonObject Resource(JsonObject template, string name) =>
        TemplateResources.All(template).Single(resource => resource["name"]!.ToString() == name);

    private static int Place(RecoveryPlan plan, string name) =>
        TemplateResources.All(plan.Template).Select(resource => resource["name"]!.ToString()).ToList().IndexOf(name);
}
