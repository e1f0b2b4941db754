using System.Net;
using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Deployments;

/// <summary>Templates, and what is done with them.</summary>
internal static class Templates
{
    public const string ApiVersion = "2022-09-01";

    public static string Deployment(this TestServer server, string name = "d1", string group = "g1") =>
        $"{server.Group(group)}/providers/Microsoft.Resources/deployments/{name}";

    /// <summary>A template with these resources and, where given, other sections before them.</summary>
    public static string Of(string resources, string others = "") =>
        $$"""
        {
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0", {{others}}
          "resources": [ {{resources}} ]
        }
        """;

    public static string Body(string template, string parameters = "{}", string mode = "Incremental") =>
        // As the az client sends it: the template behind a bare name.
        $$"""{"properties": {"parameters": {{parameters}}, "mode": "{{mode}}", template:{{template}} } }""";

    public static string MoverOf(string name, string description = "one") =>
        $$"""
        {"type": "Microsoft.StorageMover/storageMovers", "apiVersion": "2025-07-01", "name": "{{name}}", "location": "eastus",
         "tags": {"owner": "ops"}, "properties": {"description": "{{description}}"} }
        """;

    public static string Project(string mover, string name, string description = "one", string dependsOn = "") =>
        $$"""
        {"type": "Microsoft.StorageMover/storageMovers/projects", "apiVersion": "2025-07-01", "name": "{{mover}}/{{name}}",
         "dependsOn": [{{(dependsOn.Length > 0 ? dependsOn : $"\"[resourceId('Microsoft.StorageMover/storageMovers', '{mover}')]\"")}}],
         "properties": {"description": "{{description}}"} }
        """;

    public static Task<HttpResponseMessage> DeploymentAsync(
        this TestServer server, string method, string path, string? body = null) =>
        server.SendAsync(new(method), TestServer.Versioned(path, ApiVersion), body);

    /// <summary>Deploys and waits for the end; answers the deployment.</summary>
    public static async Task<JsonObject> DeployAsync(
        this TestServer server, string template, string parameters = "{}", string mode = "Incremental", string? path = null)
    {
        path ??= server.Deployment();
        var accepted = await server.DeploymentAsync("PUT", path, Body(template, parameters, mode));
        Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync());
        return await server.EndAsync(path);
    }

    /// <summary>What a deployment would change.</summary>
    public static async Task<JsonObject[]> WhatIfAsync(this TestServer server, string template, string mode)
    {
        var answer = await server.DeploymentAsync("POST", server.Deployment() + "/whatIf", Body(template, mode: mode));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.JsonAsync())["properties"]!["changes"]!.AsArray().Select(change => change!.AsObject())];
    }

    /// <summary>Waits for the end of a deployment.</summary>
    public static async Task<JsonObject> EndAsync(this TestServer server, string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await server.DeploymentAsync("GET", path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var deployment = await answer.JsonAsync();
            if (StateOf(deployment) is not ("Accepted" or "Running"))
            {
                return deployment;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    public static string StateOf(JsonObject deployment) => deployment["properties"]!["provisioningState"]!.GetValue<string>();

    public static void AssertSucceeded(JsonObject deployment) =>
        Assert.True(StateOf(deployment) == "Succeeded", deployment.ToJsonString());

    public static async Task<JsonObject[]> StepsAsync(this TestServer server, string path)
    {
        var answer = await server.DeploymentAsync("GET", path + "/operations");
        return [.. (await answer.JsonAsync())["value"]!.AsArray().Select(step => step!.AsObject())];
    }

    public static async Task<string?> ETagAsync(this TestServer server, string path) => (await server.GetAsync(path)).Headers.ETag?.Tag;
}
