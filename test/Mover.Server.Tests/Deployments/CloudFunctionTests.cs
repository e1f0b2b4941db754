using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Tests.Authorization;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>Template functions that ask the cloud around a deployment learn of this control plane.</summary>
public sealed class CloudFunctionTests
{
    [Fact]
    public async Task Providers_zones_and_roles_are_those_of_the_control_plane()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var done = await server.DeployAsync(Outputs(
            "providers('Microsoft.StorageMover', 'storageMovers').apiVersions[0]",
            "string(pickZones('Microsoft.Storage', 'storageAccounts', resourceGroup().location, 3))",
            "toPhysicalZone(subscription().subscriptionId, resourceGroup().location, '2')",
            "toLogicalZone(subscription().subscriptionId, 'East US', 'eastus-az2')",
            "roleDefinitions('Storage Blob Data Contributor').id",
            "environment().suffixes.azureFrontDoorEndpointSuffix",
            "deployer().tenantId",
            "tenant().tenantId"));

        AssertSucceeded(done);
        var (role, tenant) = (BuiltInRoles.BlobDataContributor.Name, Text(done, 6));
        Assert.Equal(
            [
                ApiVersions.StorageMoverLatest, "[\"1\",\"2\",\"3\"]", "eastus-az2", "2",
                $"/subscriptions/{server.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}", "azurefd.net", tenant,
                tenant,
            ],
            Enumerable.Range(0, 8).Select(at => Text(done, at)));
    }

    [Fact]
    public async Task A_custom_role_is_found_by_name_by_those_who_see_it_and_by_nobody_else()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.CreateGroupAsync("g2");
        var role = Guid.NewGuid().ToString();
        var made = await server.SendAsync(
            HttpMethod.Put, Callers.Versioned($"{server.Group("g2")}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["roleName"] = "Waters plants",
                    ["type"] = "CustomRole",
                    ["permissions"] = new JsonArray(
                        new JsonObject { ["actions"] = new JsonArray("Microsoft.StorageMover/storageMovers/read") }),
                    ["assignableScopes"] = new JsonArray(server.Group("g2")),
                },
            }.ToJsonString());
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var outsider = await server.NewCallerAsync();
        await server.GiveAsync(BuiltInRoles.Contributor, outsider.ObjectId, server.Group());
        var template = Outputs("roleDefinitions('waters plants').roleDefinitionId");

        var seen = await server.DeployAsync(template);
        await outsider.SendAsync(HttpMethod.Put, TestServer.Versioned(server.Deployment("d2"), ApiVersion), Body(template));
        var unseen = await server.EndAsync(server.Deployment("d2"));

        Assert.Equal(role, Text(seen, 0));
        Assert.Equal("Failed", StateOf(unseen));
        Assert.Contains(
            "The role definition 'waters plants' could not be found.",
            (string)unseen["properties"]!["error"]!["details"]![0]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_is_given_by_its_name()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var caller = await server.NewCallerAsync();

        var done = await server.DeployAsync(Of(
            $$"""
            {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "[guid(resourceGroup().id, 'reader')]",
             "properties": {"roleDefinitionId": "[roleDefinitions('Reader').id]", "principalId": "{{caller.ObjectId}}",
                            "principalType": "ServicePrincipal"} }
            """));

        AssertSucceeded(done);
        var read = await caller.SendAsync(HttpMethod.Get, TestServer.Versioned(server.Group(), "2021-04-01"));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    private static string Outputs(params string[] expressions)
    {
        var outputs = expressions.Select((one, at) => $"\"o{at}\": {{\"type\": \"string\", \"value\": \"[{one}]\"}}");
        return Of(string.Empty, $"\"outputs\": {{ {string.Join(',', outputs)} }},");
    }

    private static string Text(JsonObject deployment, int at) => (string)deployment["properties"]!["outputs"]![$"o{at}"]!["value"]!;
}
