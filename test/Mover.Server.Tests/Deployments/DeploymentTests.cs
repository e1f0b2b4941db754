using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Server.Tests.Authorization;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>Templates become resources, by the same rules and rights as requests.</summary>
public sealed class DeploymentTests
{
    [Fact]
    public async Task A_template_becomes_resources_and_the_deployment_says_so()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var accepted = await server.DeploymentAsync("PUT", server.Deployment(), Body(
            Of(
                $"{Project("m1", "p1")}, {MoverOf("m1")} // a comment\n",
                """
                "parameters": {"name": {"type": "string", "defaultValue": "m1"}},
                "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.StorageMover/storageMovers', parameters('name'))]"},
                            "said": {"type": "string", "value": "[reference('m1').description]"}},
                """.Replace("reference('m1')", "reference(resourceId('Microsoft.StorageMover/storageMovers', 'm1'), '2025-07-01')", StringComparison.Ordinal))));
        var first = await accepted.JsonAsync();
        var status = accepted.Headers.GetValues("Azure-AsyncOperation").Single();
        var done = await server.EndAsync(server.Deployment());

        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal("Accepted", StateOf(first));
        AssertSucceeded(done);
        Assert.Matches("/operationStatuses/[0-9]{20}\\?", status);
        Assert.Equal("Succeeded", (await (await server.SendAsync(HttpMethod.Get, new Uri(status).PathAndQuery)).JsonAsync())["status"]!.GetValue<string>());
        Assert.Equal("one", done["properties"]!["outputs"]!["said"]!["value"]!.GetValue<string>());
        Assert.Equal("String", done["properties"]!["parameters"]!["name"]!["type"]!.GetValue<string>());
        Assert.Equal(2, done["properties"]!["outputResources"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover() + "/projects/p1")).StatusCode);
        var steps = await server.StepsAsync(server.Deployment());
        Assert.Equal(3, steps.Length);
        Assert.Equal("EvaluateDeploymentOutput", steps[0]["properties"]!["provisioningOperation"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_result_that_is_not_there_yet_names_where_to_ask_again()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var accepted = await server.DeploymentAsync("PUT", server.Deployment(), Body(Of(MoverOf("m1"))));
        var status = new Uri(accepted.Headers.GetValues("Azure-AsyncOperation").Single());
        var result = status.PathAndQuery.Replace("operationStatuses", "operationResults", StringComparison.Ordinal);

        var waiting = await server.SendAsync(HttpMethod.Get, result);
        AssertSucceeded(await server.EndAsync(server.Deployment()));
        var deleted = await server.DeploymentAsync("DELETE", server.Deployment(), null);
        var done = await server.SendAsync(HttpMethod.Get, deleted.Headers.Location!.PathAndQuery);

        Assert.Equal(
            (HttpStatusCode.Accepted, result, "1"),
            (waiting.StatusCode, waiting.Headers.Location!.PathAndQuery, waiting.Headers.RetryAfter!.ToString()));
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.NoContent), (deleted.StatusCode, done.StatusCode));
    }

    [Fact]
    public async Task Unchanged_resources_keep_their_etag_without_an_entry_in_the_audit_log_and_changed_ones_get_both_anew()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Of($"{MoverOf("m1")}, {Project("m1", "p1")}, {Project("m1", "p2")}")));
        var (mover, p1, p2) = (server.Mover(), server.Mover() + "/projects/p1", server.Mover() + "/projects/p2");
        var before = (await server.ETagAsync(mover), await server.ETagAsync(p1), await server.ETagAsync(p2));

        AssertSucceeded(await server.DeployAsync(Of($"{MoverOf("m1")}, {Project("m1", "p1", "two")}, {Project("m1", "p2")}")));

        var after = (await server.ETagAsync(mover), await server.ETagAsync(p1), await server.ETagAsync(p2));
        Assert.Equal((before.Item1, before.Item3), (after.Item1, after.Item3));
        Assert.NotEqual(before.Item2, after.Item2);
        Assert.Equal((1, 2, 1), (await WritesAsync(server, mover), await WritesAsync(server, p1), await WritesAsync(server, p2)));
    }

    [Fact]
    public async Task Resources_that_depend_on_a_failed_one_are_skipped_and_the_rest_deployed()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.ArmAsync("PUT", server.Group() + "/providers/Microsoft.Storage/storageAccounts/acc?api-version=2023-01-01",
            """{"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"StorageV2"}""");
        const string Fifth = "\"[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', 'p4')]\"";

        // Keys are never listed, and only the deployment itself asks for them.
        var done = await server.DeployAsync(Of(
            $"{MoverOf("m1")}, {Project("m1", "p1")}, {Project("m1", "p2")}, {Project("m1", "p3")}, "
            + Project("m1", "p4", "[string(listKeys(resourceId('Microsoft.Storage/storageAccounts', 'acc'), '2023-01-01'))]")
            + $", {Project("m1", "p5", "x", Fifth)}, {Project("m1", "p6")}"));

        var error = done["properties"]!["error"]!;
        Assert.Equal("Failed", StateOf(done));
        Assert.Equal("DeploymentFailed", error["code"]!.GetValue<string>());
        Assert.EndsWith("/projects/p4", error["details"]![0]!["target"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover() + "/projects/p4")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover() + "/projects/p5")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover() + "/projects/p6")).StatusCode);
        var failed = (await server.StepsAsync(server.Deployment())).Single(step => step["properties"]!["provisioningState"]!.GetValue<string>() == "Failed");
        Assert.Equal(error["details"]![0]!["code"]!.GetValue<string>(), failed["properties"]!["statusMessage"]!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_deployment_without_rights_for_one_resource_is_refused_and_says_which()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var caller = await server.NewCallerAsync();
        var role = await MakeRoleAsync(server);
        await server.SendAsync(
            HttpMethod.Put, Callers.Versioned(Callers.Assignment(server.Group())), Callers.AssignmentBody(role, caller.ObjectId));

        var refused = await caller.SendAsync(
            HttpMethod.Put, TestServer.Versioned(server.Deployment(), ApiVersion), Body(Of($"{MoverOf("m1")}, {Project("m1", "p1")}")));

        var error = (await refused.JsonAsync())["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("InvalidTemplateDeployment", error["code"]!.GetValue<string>());
        Assert.Equal("AuthorizationFailed", error["details"]![0]!["code"]!.GetValue<string>());
        Assert.Contains("projects/write", error["details"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover())).StatusCode);
    }

    [Fact]
    public async Task Secure_parameters_are_neither_shown_nor_stored_in_the_clear()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        const string Secret = "correct-horse-battery";

        var done = await server.DeployAsync(
            Of(
                MoverOf("m1", "[concat('x', length(parameters('s')))]"),
                """
                "parameters": {"s": {"type": "securestring"}, "o": {"type": "secureObject"}},
                "outputs": {"s": {"type": "securestring", "value": "[parameters('s')]"}},
                """),
            $$$"""{"s": {"value": "{{{Secret}}}"}, "o": {"value": {"in": "{{{Secret}}}"} } }""");

        AssertSucceeded(done);
        Assert.Equal("SecureString", done["properties"]!["parameters"]!["s"]!["type"]!.GetValue<string>());
        Assert.Null(done["properties"]!["parameters"]!["s"]!["value"]);
        Assert.Null(done["properties"]!["outputs"]!["s"]!["value"]);
        Assert.Equal("x21", (await (await server.GetAsync(server.Mover())).JsonAsync())["properties"]!["description"]!.GetValue<string>());
        await server.StopAsync();
        foreach (var file in Directory.GetFiles(server.Folder, "state.db*"))
        {
            Assert.DoesNotContain(Secret, System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
        }

        await server.StartAgainAsync();
    }

    [Fact]
    public async Task A_nested_deployment_is_one_of_its_own_and_gives_its_outputs()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.CreateGroupAsync("g2");
        var inner = Of(
            """
            {"type": "Microsoft.StorageMover/storageMovers", "apiVersion": "2025-07-01", "name": "[parameters('n')]", "location": "westus", "properties": {}}
            """,
            """
            "parameters": {"n": {"type": "string"}},
            "outputs": {"full": {"type": "string", "value": "[resourceId('Microsoft.StorageMover/storageMovers', parameters('n'))]"}},
            """);
        var nested = $$"""
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "resourceGroup": "g2",
             "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
               "parameters": {"n": {"value": "[concat('m', '9')]"} }, "template": {{inner}} } }
            """;

        var done = await server.DeployAsync(Of(nested, """
            "outputs": {"got": {"type": "string", "value": "[reference('inner').outputs.full.value]"}},
            """));

        AssertSucceeded(done);
        Assert.EndsWith("/resourceGroups/g2/providers/Microsoft.StorageMover/storageMovers/m9", done["properties"]!["outputs"]!["got"]!["value"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover("m9", "g2"))).StatusCode);
        AssertSucceeded(await (await server.DeploymentAsync("GET", server.Deployment("inner", "g2"))).JsonAsync());
    }

    [Fact]
    public async Task Complete_mode_deletes_what_the_template_does_not_have_and_keeps_children()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Of($"{MoverOf("m1")}, {Project("m1", "p1")}, {MoverOf("m2")}")));

        var done = await server.DeployAsync(Of(MoverOf("m1")), mode: "Complete");

        AssertSucceeded(done);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover("m2"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover() + "/projects/p1")).StatusCode);
        Assert.Contains(await server.StepsAsync(server.Deployment()), step => step["properties"]!["provisioningOperation"]!.GetValue<string>() == "Delete");
    }

    [Fact]
    public async Task A_deployment_is_listed_exported_and_deleted_and_what_it_deployed_stays()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.DeployAsync(Of(MoverOf("m1")));
        var path = server.Deployment();

        var listed = await (await server.DeploymentAsync("GET", server.Group() + "/providers/Microsoft.Resources/deployments")).JsonAsync();
        var exported = await (await server.DeploymentAsync("POST", path + "/exportTemplate")).JsonAsync();
        var deleted = await server.DeploymentAsync("DELETE", path);
        var result = await server.SendAsync(HttpMethod.Get, deleted.Headers.Location!.PathAndQuery);

        Assert.Single(listed["value"]!.AsArray());
        Assert.Equal("m1", exported["template"]!["resources"]![0]!["name"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, result.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.DeploymentAsync("GET", path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.DeploymentAsync("HEAD", path)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await server.DeploymentAsync("DELETE", path)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover())).StatusCode);
    }

    [Fact]
    public async Task A_subscription_deployment_makes_groups_and_what_is_in_them()
    {
        await using var server = await TestServer.StartAsync();
        var path = $"/subscriptions/{server.Subscription}/providers/Microsoft.Resources/deployments/s1";
        var nested = $$"""
            {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "in", "resourceGroup": "new", "dependsOn": ["new"],
             "properties": {"mode": "Incremental", "template": {{Of(MoverOf("m1"))}} } }
            """;
        var template = Of($$"""{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "new", "location": "eastus"}, {{nested}}""");

        var refused = await server.DeploymentAsync("PUT", path, Body(template));
        var accepted = await server.DeploymentAsync("PUT", path, Body(template).Replace("{\"properties\"", "{\"location\": \"eastus\", \"properties\"", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True(accepted.StatusCode == HttpStatusCode.Created, await accepted.Content.ReadAsStringAsync());
        AssertSucceeded(await server.EndAsync(path));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover("m1", "new"))).StatusCode);
    }

    [Fact]
    public async Task A_deleted_group_takes_its_deployments_along()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.DeployAsync(Of(MoverOf("m1")));

        await server.FollowAsync(await server.ArmAsync("DELETE", server.Group()));
        await server.CreateGroupAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await server.DeploymentAsync("GET", server.Deployment())).StatusCode);
        Assert.Equal("ResourceGroupNotFound", await (await server.DeploymentAsync("GET", server.Deployment("d1", "none"))).ErrorCodeAsync());
    }

    // How often the audit log says that a resource was written.
    private static async Task<int> WritesAsync(TestServer server, string id)
    {
        var answer = await server.SendAsync(
            HttpMethod.Get, $"/subscriptions/{server.Subscription}/providers/Microsoft.Insights/eventtypes/management/values"
                + $"?api-version=2015-04-01&$filter={Uri.EscapeDataString($"resourceUri eq '{id}'")}");
        return (await answer.JsonAsync())["value"]!.AsArray().Count(logged =>
            (string?)logged!["resourceId"] == id && ((string)logged["operationName"]!["value"]!).EndsWith("/write", StringComparison.Ordinal));
    }

    private static async Task<string> MakeRoleAsync(TestServer server)
    {
        var id = Guid.NewGuid().ToString();
        var body = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["roleName"] = "Deploys movers only",
                ["type"] = "CustomRole",
                ["permissions"] = new JsonArray(new JsonObject
                {
                    ["actions"] = new JsonArray(
                        "Microsoft.Resources/deployments/*", "Microsoft.StorageMover/storageMovers/write", "Microsoft.StorageMover/storageMovers/read"),
                }),
                ["assignableScopes"] = new JsonArray($"/subscriptions/{server.Subscription}"),
            },
        };
        var made = await server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned($"/subscriptions/{server.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}"), body.ToJsonString());
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        return id;
    }
}
