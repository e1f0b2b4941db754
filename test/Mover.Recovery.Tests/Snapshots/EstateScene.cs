using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Snapshots;
using Mover.Server.Access;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Snapshots;

/// <summary>A real server with an estate, and clients of it.</summary>
internal static class EstateScene
{
    private static readonly string[] Texts =
        ["one", "two", "[not an expression]", "[[twice]", "it's", "ü 😀", "a\\b\"c", "/subscriptions/x", "Signed-off-by: x", "--force"];

    /// <summary>A client of the server; what <paramref name="around"/> makes of a handler sees its requests.</summary>
    public static MoverClient ClientOf(TestServer server, Func<HttpMessageHandler, HttpMessageHandler>? around = null)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var token = AdministratorToken.Create(server.Folder, TimeProvider.System).Reveal();
        return new(
            new()
            {
                Addresses = [new(server.Url)], Token = (_, _) => ValueTask.FromResult(token),
                Retry = new() { FirstDelay = TimeSpan.FromMilliseconds(1), AttemptsMax = 2 },
            },
            around is null ? handler : around(handler), TimeProvider.System);
    }

    public static SnapshotOptions Options(TestServer server, string group = "g1") => new()
    {
        Group = ResourceId.OfGroup(server.Subscription, group), ProgramVersion = "0.1.0", Pause = TimeSpan.Zero,
    };

    public static async Task<Snapshot> TakeAsync(TestServer server, string group = "g1", Func<SnapshotOptions, SnapshotOptions>? with = null)
    {
        using var client = ClientOf(server);
        var options = Options(server, group);
        return await new SnapshotTaker(client, with is null ? options : with(options), TimeProvider.System).TakeAsync(default);
    }

    public static string TextOf(Snapshot snapshot) => System.Text.Encoding.UTF8.GetString(RecoveryJson.ToBytes(snapshot.Template));

    public static IEnumerable<JsonObject> ResourcesOf(Snapshot snapshot) => snapshot.Template["resources"]!.AsArray().Select(one => one!.AsObject());

    public static JsonObject Resource(Snapshot snapshot, string name) => ResourcesOf(snapshot).Single(one => one["name"]!.GetValue<string>() == name);

    /// <summary>Some movers of group g1 with everything that they can have; a seed always gives the same.</summary>
    public static async Task CreateRandomAsync(TestServer server, int seed)
    {
        var random = new Random(seed);
        await server.CreateGroupAsync();
        await server.CreateGroupAsync("elsewhere");
        var movers = 1 + random.Next(2);
        for (var at = 0; at < movers; at++)
        {
            await CreateMoverAsync(server, random, at == 0 ? "m1" : "m1-B");
        }
    }

    private static async Task CreateMoverAsync(TestServer server, Random random, string name)
    {
        var mover = server.Mover(name);
        await PutAsync(server, mover, new() { ["location"] = "eastus", ["tags"] = new JsonObject { ["Wave"] = "1", ["owner"] = Text(random), ["["] = "]" }, ["properties"] = new JsonObject { ["description"] = Text(random) } });
        var agents = random.Next(3);
        for (var at = 0; at < agents; at++)
        {
            var machine = $"{server.Group()}/providers/Microsoft.HybridCompute/machines/host-{name}-{at}";
            await PutAsync(server, machine, new() { ["location"] = "eastus", ["identity"] = new JsonObject { ["type"] = "SystemAssigned" }, ["properties"] = new JsonObject { ["vmId"] = "3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9", ["osName"] = "linux" } }, "2024-07-10");
            await PutAsync(server, $"{mover}/agents/a{at}", new() { ["properties"] = new JsonObject { ["arcResourceId"] = machine, ["arcVmUuid"] = "3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9", ["description"] = Text(random) } });
        }

        await PutAsync(server, $"{mover}/endpoints/src", Properties(("endpointType", "NfsMount"), ("host", "filer"), ("export", "/data"), ("description", Text(random))));
        await PutAsync(server, $"{mover}/endpoints/Dst", Properties(("endpointType", "AzureStorageBlobContainer"), ("blobContainerName", "cont"), ("storageAccountResourceId", $"{server.Group("elsewhere")}/providers/Microsoft.Storage/storageAccounts/acc")));
        var smb = Properties(("endpointType", "SmbMount"), ("host", "win"), ("shareName", "s"));
        smb["properties"]!["credentials"] = new JsonObject { ["type"] = "AzureKeyVaultSmb", ["usernameUri"] = "https://v.vault.azure.net/secrets/u", ["passwordUri"] = "https://v.vault.azure.net/secrets/p" };
        await PutAsync(server, $"{mover}/endpoints/smb", smb);
        var projects = 1 + random.Next(3);
        for (var project = 0; project < projects; project++)
        {
            await PutAsync(server, $"{mover}/projects/p{project}", Properties(("description", Text(random))));
            var jobs = random.Next(4);
            for (var job = 0; job < jobs; job++)
            {
                await PutAsync(server, $"{mover}/projects/p{project}/jobDefinitions/J{job}", Job(random, agents));
            }
        }
    }

    private static JsonObject Job(Random random, int agents)
    {
        var job = Properties(("copyMode", random.Next(2) == 0 ? "Additive" : "Mirror"), ("sourceName", "src"), ("targetName", "DST"), ("description", Text(random)));
        if (agents > 0 && random.Next(3) > 0)
        {
            job["properties"]!["agentName"] = $"a{random.Next(agents)}";
        }

        if (random.Next(2) == 0)
        {
            job["properties"]!["schedule"] = new JsonObject { ["frequency"] = "Daily", ["isActive"] = true, ["executionTime"] = new JsonObject { ["hour"] = 22, ["minute"] = 30 }, ["startDate"] = "2027-01-01T00:00:00Z", ["endDate"] = "2030-01-01T00:00:00Z" };
        }

        return job;
    }

    private static JsonObject Properties(params (string Name, string Value)[] properties) =>
        new() { ["properties"] = new JsonObject(properties.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.Value))) };

    private static string Text(Random random) => Texts[random.Next(Texts.Length)];

    private static async Task PutAsync(TestServer server, string path, JsonObject body, string version = TestServer.ApiVersion)
    {
        var answer = await server.SendAsync(HttpMethod.Put, TestServer.Versioned(path, version), body.ToJsonString());
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
    }
}

/// <summary>Does something each time that an export was answered.</summary>
internal sealed class AfterExports(HttpMessageHandler inner, Func<int, Task> then) : DelegatingHandler(inner)
{
    private int _exports;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (request.RequestUri!.AbsolutePath.EndsWith("/exportTemplate", StringComparison.Ordinal))
        {
            await then(++_exports);
        }

        return answer;
    }
}
