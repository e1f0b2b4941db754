using System.Net;

namespace Mover.Server.Tests;

/// <summary>Resources that a test begins with.</summary>
public static class Some
{
    public static string Group(this TestServer server, string name = "g1") => $"/subscriptions/{server.Subscription}/resourceGroups/{name}";

    public static string Mover(this TestServer server, string name = "m1", string group = "g1") =>
        $"{server.Group(group)}/providers/Microsoft.StorageMover/storageMovers/{name}";

    public static string Definition(this TestServer server, string name = "j1") => $"{server.Mover()}/projects/p1/jobDefinitions/{name}";

    public const string NfsBody = """{"properties":{"endpointType":"NfsMount","host":"filer","export":"/data"}}""";

    public static string BlobBody(this TestServer server) =>
        $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{{server.Group()}}}/providers/Microsoft.Storage/storageAccounts/acc","blobContainerName":"cont"}}""";

    public static string AgentBody(this TestServer server) =>
        $$$"""{"properties":{"arcResourceId":"{{{server.Group()}}}/providers/Microsoft.HybridCompute/machines/a1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9"}}""";

    public const string DefinitionBody = """{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1"}}""";

    public static Task<HttpResponseMessage> GetAsync(this TestServer server, string path) =>
        server.SendAsync(HttpMethod.Get, TestServer.Versioned(path));

    public static Task<HttpResponseMessage> PutAsync(this TestServer server, string path, string json, params (string, string)[] headers) =>
        server.SendAsync(HttpMethod.Put, TestServer.Versioned(path), json, headers);

    public static Task<HttpResponseMessage> PatchAsync(this TestServer server, string path, string json, params (string, string)[] headers) =>
        server.SendAsync(HttpMethod.Patch, TestServer.Versioned(path), json, headers);

    public static Task<HttpResponseMessage> PostAsync(this TestServer server, string path) =>
        server.SendAsync(HttpMethod.Post, TestServer.Versioned(path));

    public static Task<HttpResponseMessage> DeleteAsync(this TestServer server, string path, params (string, string)[] headers) =>
        server.SendAsync(HttpMethod.Delete, TestServer.Versioned(path), null, headers);

    /// <summary>A request that ARM itself answers, or a neighbour of Storage Mover.</summary>
    public static Task<HttpResponseMessage> ArmAsync(
        this TestServer server, string method, string path, string? json = null, params (string, string)[] headers) =>
        server.SendAsync(new(method), TestServer.Versioned(path, "2021-04-01"), json, headers);

    public static async Task CreateAsync(this TestServer server, string path, string json)
    {
        var response = await server.PutAsync(path, json);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"PUT {path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    public static async Task CreateGroupAsync(this TestServer server, string name = "g1")
    {
        var response = await server.SendAsync(HttpMethod.Put, TestServer.Versioned(server.Group(name), "2021-04-01"), """{"location":"eastus"}""");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public static async Task CreateMoverAsync(this TestServer server, string name = "m1")
    {
        await server.CreateGroupAsync();
        await server.CreateAsync(server.Mover(name), """{"location":"eastus"}""");
    }

    /// <summary>Group, storage mover, endpoints, agent, project and job definition.</summary>
    public static async Task CreateJobAsync(this TestServer server)
    {
        await server.CreateMoverAsync();
        await server.CreateAsync(server.Mover() + "/endpoints/src", NfsBody);
        await server.CreateAsync(server.Mover() + "/endpoints/dst", server.BlobBody());
        await server.CreateAsync(server.Mover() + "/agents/a1", server.AgentBody());
        await server.CreateAsync(server.Mover() + "/projects/p1", "{}");
        await server.CreateAsync(server.Definition(), DefinitionBody);
    }

    /// <summary>Follows an async operation to its end, asking as the administrator unless told how.</summary>
    public static async Task<HttpResponseMessage> FollowAsync(
        this TestServer server, HttpResponseMessage accepted, Func<string, Task<HttpResponseMessage>>? ask = null)
    {
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var url = accepted.Headers.Location!.PathAndQuery;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        ask ??= path => server.SendAsync(HttpMethod.Get, path);
        var answer = await ask(url);
        while (answer.StatusCode == HttpStatusCode.Accepted)
        {
            limit.Token.ThrowIfCancellationRequested();
            answer = await ask(url);
        }

        return answer;
    }
}
