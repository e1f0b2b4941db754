using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Deployments;
using Mover.Server.Tests.Authorization;
using Mover.State.Documents;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>What happens between two resources of a deployment counts for the next one.</summary>
public sealed class InterruptedDeploymentTests
{
    private static readonly string Chain = Of(
        $"{MoverOf("m1")}, {Project("m1", "p1")}, {Project("m1", "p2", "x", After("p1"))}, {Project("m1", "p3", "x", After("p2"))}");

    [Fact]
    public async Task A_canceled_deployment_writes_nothing_more()
    {
        await using var server = await TestServer.StartAsync(InterruptedStore.Under);
        await server.CreateGroupAsync();
        var path = server.Deployment();
        AfterProject(server, "p1", async () => Assert.Equal(HttpStatusCode.NoContent, (await server.DeploymentAsync("POST", path + "/cancel")).StatusCode));

        var done = await server.DeployAsync(Chain);

        Assert.Equal("Canceled", StateOf(done));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover() + "/projects/p1")).StatusCode);
        Assert.Equal("DeploymentCannotBeCancelled", await (await server.DeploymentAsync("POST", path + "/cancel")).ErrorCodeAsync());
        AssertSucceeded(await server.DeployAsync(Of(MoverOf("m9")), path: server.Deployment("later")));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover() + "/projects/p2")).StatusCode);
    }

    [Fact]
    public async Task Rights_that_are_taken_away_count_for_the_next_resource()
    {
        await using var server = await TestServer.StartAsync(InterruptedStore.Under);
        await server.CreateGroupAsync();
        var caller = await server.NewCallerAsync();
        var assignment = await server.GiveAsync(BuiltInRoles.Contributor, caller.ObjectId, server.Group());
        AfterProject(server, "p1", async () => await server.SendAsync(HttpMethod.Delete, Callers.Versioned(assignment)));

        var accepted = await caller.SendAsync(HttpMethod.Put, TestServer.Versioned(server.Deployment(), ApiVersion), Body(Chain));
        var done = await server.EndAsync(server.Deployment());

        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal("Failed", StateOf(done));
        Assert.Equal("AuthorizationFailed", done["properties"]!["error"]!["details"]![0]!["code"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover() + "/projects/p2")).StatusCode);
    }

    [Fact]
    public async Task A_deployment_over_one_that_is_active_is_refused()
    {
        await using var server = await TestServer.StartAsync(InterruptedStore.Under);
        await server.CreateGroupAsync();
        string? code = null;
        AfterProject(server, "p1", async () =>
        {
            var refused = await server.DeploymentAsync("PUT", server.Deployment(), Body(Of(MoverOf("m2"))));
            code = await refused.ErrorCodeAsync() + (int)(await server.DeploymentAsync("DELETE", server.Deployment())).StatusCode;
        });

        AssertSucceeded(await server.DeployAsync(Chain));

        Assert.Equal("DeploymentActive409", code);
    }

    [Fact]
    public async Task The_oldest_deployment_that_has_ended_makes_room()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.DeployAsync(Of(MoverOf("m1")), path: server.Deployment("old"));
        var documents = server.Services.GetRequiredService<DocumentStore>();
        Assert.True(Core.Arm.ResourceId.TryParse(server.Deployment("old"), out var old));
        var record = (await documents.GetAsync(old, DeploymentsJson.Stored.DeploymentRecord, CancellationToken.None))!.Value;
        foreach (var batch in Enumerable.Range(1, DeploymentLimits.PerScopeMax - 1).Chunk(100))
        {
            await documents.CommitAsync(
                [.. batch.Select(number => Core.Arm.ResourceId.TryParse(server.Deployment($"d{number}"), out var id)
                    ? DocumentWrite.Put(
                        id, record with
                        {
                            Id = id.Text,
                            Name = id.Name,
                            Properties = record.Properties with { Timestamp = record.Properties.Timestamp.AddMinutes(1) },
                        }, DeploymentsJson.Stored.DeploymentRecord)
                    : throw new InvalidOperationException())],
                new("test", "User", DateTimeOffset.UnixEpoch, "c"), CancellationToken.None);
        }

        AssertSucceeded(await server.DeployAsync(Of(MoverOf("m1")), path: server.Deployment("new")));

        Assert.Equal(HttpStatusCode.NotFound, (await server.DeploymentAsync("HEAD", server.Deployment("old"))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await server.DeploymentAsync("HEAD", server.Deployment("d1"))).StatusCode);
    }

    [Fact]
    public async Task A_role_assignment_of_a_template_is_made_once_and_then_left_untouched()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var template = Of($$"""
            {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "[guid(resourceGroup().id, 'x')]",
             "properties": {"roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{{BuiltInRoles.Reader.Name}}')]",
               "principalId": "11111111-2222-3333-4444-555555555555", "principalType": "ServicePrincipal"} }
            """);

        AssertSucceeded(await server.DeployAsync(template));
        var list = Callers.Versioned(server.Group() + "/providers/Microsoft.Authorization/roleAssignments") + "&$filter=atScope()";
        var first = await (await server.SendAsync(HttpMethod.Get, list)).Content.ReadAsStringAsync();
        AssertSucceeded(await server.DeployAsync(template));

        Assert.Contains("11111111-2222-3333-4444-555555555555", first, StringComparison.Ordinal);
        Assert.Equal(first, await (await server.SendAsync(HttpMethod.Get, list)).Content.ReadAsStringAsync());
    }

    private static string After(string project) => $"\"[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', '{project}')]\"";

    private static void AfterProject(TestServer server, string name, Func<Task> act) => InterruptedStore.Of(server).AfterCommit(
        write => write.Key.EndsWith("/projects/" + name, StringComparison.Ordinal) && write.Key.StartsWith("/subscriptions", StringComparison.Ordinal), act);
}
