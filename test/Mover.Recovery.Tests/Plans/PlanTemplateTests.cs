using System.Text.Json.Nodes;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Tests.Plans;

/// <summary>What becomes of a snapshot's template on its way to another region.</summary>
public sealed class PlanTemplateTests
{
    [Fact]
    public void Agents_and_machines_and_every_reference_to_them_are_removed()
    {
        var plan = Make(SomeSnapshot.Options);

        var text = plan.Template.ToJsonString();
        Assert.DoesNotContain("HybridCompute", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("agent", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(plan.Changes, change => change is { Rule: "remove-agents", Kind: PlanChangeKind.Removed, Name: "m1/a1" });
        Assert.Contains(plan.Changes, change => change is { Rule: "remove-agents", Path: "/dependsOn", Name: "m1/p1/j1" });
        Assert.Contains(plan.Changes, change => change is { Rule: "unassign-agents", Path: "/properties/agentName", Name: "m1/p1/j1" });
        Assert.Equal("a1", plan.FormerAgents["m1/p1/j1"]);
        Assert.True(plan.IsReady(), Problems(plan));
    }

    [Fact]
    public void Group_and_mover_are_at_the_destination_and_carry_the_plan_as_a_tag()
    {
        var plan = Make(SomeSnapshot.Options);

        var mover = Resource(plan, "m1");
        var group = plan.Template["resources"]![0]!.AsObject();
        Assert.Equal("westus", mover["location"]!.ToString());
        Assert.Equal("eng", mover["tags"]!["team"]!.ToString());
        Assert.Equal(plan.Id, mover["tags"]![PlanId.Tag]!.ToString());
        Assert.Equal(("filers-west", "westus", plan.Id), (group["name"]!.ToString(), group["location"]!.ToString(), group["tags"]![PlanId.Tag]!.ToString()));
    }

    [Fact]
    public void Schedules_arrive_switched_off_unless_they_are_kept()
    {
        var off = Make(SomeSnapshot.Options);
        var kept = Make(SomeSnapshot.Options with { Without = [PlanOptions.SchedulesOffRule] });

        Assert.False(Resource(off, "m1/p1/j1")["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
        Assert.Equal(["m1/p1/j1"], off.SchedulesOff);
        Assert.True(Resource(kept, "m1/p1/j1")["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
        Assert.Empty(kept.SchedulesOff);
    }

    [Fact]
    public void Run_state_is_not_taken_along() =>
        Assert.Null(Resource(Make(SomeSnapshot.Options), "m1/p1/j1")["properties"]!["latestJobRunStatus"]);

    [Fact]
    public void Mirrors_that_had_succeeded_are_named_and_others_are_not()
    {
        var snapshot = SomeSnapshot.Create();
        var job = $"{SomeSnapshot.GroupId}/providers/Microsoft.StorageMover/storageMovers/M1/projects/p1/jobDefinitions/j1";
        var finished = PlanTemplate.Make(
            snapshot with { Manifest = snapshot.Manifest with { FinishedMirrors = [job, job + "other"] } }, SomeSnapshot.Options, DateTimeOffset.UnixEpoch);
        var older = Make(SomeSnapshot.Options);

        Assert.Equal(["m1/p1/j1"], finished.FinishedMirrors);
        Assert.Equal("MirrorFinished", Assert.Single(finished.Problems).Code);
        Assert.True(finished.IsReady());
        Assert.Empty(older.FinishedMirrors!);
        Assert.Empty(older.Problems);
    }

    [Theory]
    [InlineData("""{"copyMode":"Mirror","latestJobRunStatus":"Succeeded"}""", true)]
    [InlineData("""{"copyMode":"Mirror","latestJobRunStatus":"Succeeded","schedule":null}""", true)]
    [InlineData("""{"copyMode":"Mirror","latestJobRunStatus":"Succeeded","schedule":{"isActive":false}}""", false)]
    [InlineData("""{"copyMode":"Mirror","latestJobRunStatus":"Running"}""", false)]
    [InlineData("""{"copyMode":"Mirror","latestJobRunStatus":"Failed"}""", false)]
    [InlineData("""{"copyMode":"Mirror"}""", false)]
    [InlineData("""{"copyMode":"Additive","latestJobRunStatus":"Succeeded"}""", false)]
    public void A_mirror_is_finished_when_it_succeeded_and_no_schedule_repeats_it(string properties, bool isFinished) =>
        Assert.Equal(isFinished, FinishedMirror.Is(new JsonObject { ["properties"] = JsonNode.Parse(properties) }));

    [Fact]
    public void Ids_of_the_estate_point_to_the_destination()
    {
        var connection = $"{SomeSnapshot.GroupId}/providers/Microsoft.StorageMover/storageMovers/M1/connections/c1";
        var snapshot = SomeSnapshot.Create(resources =>
        {
            resources.Add(JsonNode.Parse("""{"type":"Microsoft.StorageMover/storageMovers/connections","apiVersion":"2025-12-01","name":"m1/c1","properties":{}}"""));
            resources[6]!["properties"]!["connections"] = new JsonArray(connection);
        });

        var plan = PlanTemplate.Make(snapshot, SomeSnapshot.Options, DateTimeOffset.UnixEpoch);

        Assert.Equal(
            "[resourceId('Microsoft.StorageMover/storageMovers/connections', 'M1', 'c1')]",
            Resource(plan, "m1/p1/j1")["properties"]!["connections"]![0]!.ToString());
        Assert.DoesNotContain(SomeSnapshot.GroupId + "/", plan.Template.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Storage_accounts_are_kept_unless_they_are_mapped()
    {
        const string other = $"/subscriptions/{SomeSnapshot.Subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/acctwest";
        var kept = Make(SomeSnapshot.Options);
        var mapped = Make(SomeSnapshot.Options with { Maps = [(SomeSnapshot.Account.ToUpperInvariant(), other), ("/subscriptions/none", "/x")] });

        Assert.Equal(SomeSnapshot.Account, Resource(kept, "m1/dst")["properties"]!["storageAccountResourceId"]!.ToString());
        Assert.Equal(other, Resource(mapped, "m1/dst")["properties"]!["storageAccountResourceId"]!.ToString());
        Assert.Contains(mapped.Changes, change => change is { Rule: "map", Name: "m1/dst", Path: "/properties/storageAccountResourceId" });
        Assert.Contains(mapped.Problems, problem => problem is { Code: "MapMatchedNothing", IsBlocking: false });
    }

    [Fact]
    public void A_persons_rules_come_after_the_built_in_ones_and_one_that_matches_nothing_is_told()
    {
        var rules = RuleFile.Parse(
            """
            {"rules":[
              {"name":"read-only-copy","match":{"type":"*/endpoints","properties":{"/properties/endpointType":"NfsMount"}},
               "patch":[{"op":"test","path":"/properties/host","value":"filer7"},{"op":"replace","path":"/properties/host","value":"filer7-${to.location}"}]},
              {"name":"nowhere","match":{"name":"m2/*"},"remove":true}
            ]}
            """,
            "my.json", isBuiltIn: false);

        var plan = Make(SomeSnapshot.Options with { Rules = rules });

        Assert.Equal("filer7-westus", Resource(plan, "m1/src")["properties"]!["host"]!.ToString());
        Assert.Equal(["nowhere"], plan.UnmatchedRules);
        Assert.True(plan.IsReady(), Problems(plan));
    }

    [Fact]
    public void A_rule_whose_test_fails_blocks_the_plan_and_changes_nothing()
    {
        var rules = RuleFile.Parse(
            """
            {"rules":[{"name":"swap","match":{"type":"*/endpoints"},
              "patch":[{"op":"add","path":"/properties/description","value":"x"},{"op":"test","path":"/properties/host","value":"filer7"}]}]}
            """,
            "my.json", isBuiltIn: false);

        var plan = Make(SomeSnapshot.Options with { Rules = rules });

        Assert.Contains(plan.Problems, problem => problem is { Code: "RuleFailed", IsBlocking: true } && problem.Message.Contains("m1/dst", StringComparison.Ordinal));
        Assert.Null(Resource(plan, "m1/dst")["properties"]!["description"]);
        Assert.Equal("x", Resource(plan, "m1/src")["properties"]!["description"]!.ToString());
    }

    [Fact]
    public void A_rule_that_renames_a_resource_is_refused()
    {
        var rules = RuleFile.Parse(
            """{"rules":[{"name":"rename","match":{"name":"m1/src"},"merge":{"name":"m1/other"}}]}""", "my.json", isBuiltIn: false);

        var plan = Make(SomeSnapshot.Options with { Rules = rules });

        Assert.Contains(plan.Problems, problem => problem is { Code: "RuleFailed", IsBlocking: true });
        Assert.NotNull(Resource(plan, "m1/src"));
    }

    [Fact]
    public void A_value_that_names_a_removed_resource_blocks_the_plan()
    {
        var rules = RuleFile.Parse("""{"rules":[{"name":"drop","match":{"name":"m1/c1"},"remove":true}]}""", "my.json", isBuiltIn: false);
        var snapshot = SomeSnapshot.Create(resources =>
        {
            resources.Add(JsonNode.Parse("""{"type":"Microsoft.StorageMover/storageMovers/connections","apiVersion":"2025-12-01","name":"m1/c1"}"""));
            resources[6]!["properties"]!["connections"] = new JsonArray($"{SomeSnapshot.GroupId}/providers/Microsoft.StorageMover/storageMovers/m1/connections/c1");
        });

        var plan = PlanTemplate.Make(snapshot, SomeSnapshot.Options with { Rules = rules }, DateTimeOffset.UnixEpoch);

        Assert.Contains(plan.Problems, problem => problem is { Code: "ReferenceDangling", IsBlocking: true });
    }

    [Fact]
    public void More_resources_than_one_deployment_holds_are_deployed_in_parts()
    {
        var snapshot = SomeSnapshot.Create(resources =>
        {
            for (var at = 0; at < 1000; at++)
            {
                resources.Insert(5, JsonNode.Parse(
                    $$"""
                    {"type":"Microsoft.StorageMover/storageMovers/endpoints","apiVersion":"2025-12-01","name":"m1/e{{at}}",
                     "dependsOn":["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"],"properties":{"endpointType":"NfsMount","host":"h","export":"/e"} }
                    """));
            }
        });

        var plan = PlanTemplate.Make(snapshot, SomeSnapshot.Options, DateTimeOffset.UnixEpoch);

        var parts = plan.Template["resources"]!.AsArray().Skip(1).Select(part => part!["properties"]!["template"]!["resources"]!.AsArray().Count).ToList();
        Assert.Equal([400, 400, 205], parts);
        Assert.Equal(1005, TemplateResources.All(plan.Template).Count() - 1);
    }

    [Fact]
    public void The_same_snapshot_gives_the_same_plan_id_and_another_destination_another()
    {
        var one = Make(SomeSnapshot.Options);
        var again = PlanTemplate.Make(SomeSnapshot.Create(), SomeSnapshot.Options, DateTimeOffset.UnixEpoch.AddDays(1));
        var elsewhere = Make(SomeSnapshot.Options with { To = SomeSnapshot.To with { ResourceGroup = "other" } });

        Assert.Equal(one.Id, again.Id);
        Assert.NotEqual(one.Id, elsewhere.Id);
        Assert.Equal(one.Id, PlanId.Of(one.Template, one.To, one.Later));
    }

    private static RecoveryPlan Make(PlanOptions options) => PlanTemplate.Make(SomeSnapshot.Create(), options, DateTimeOffset.UnixEpoch);

    private static JsonObject Resource(RecoveryPlan plan, string name) =>
        TemplateResources.All(plan.Template).Single(resource => resource["name"]!.ToString() == name);

    private static string Problems(RecoveryPlan plan) => string.Join('\n', plan.Problems.Select(problem => problem.Message));
}
