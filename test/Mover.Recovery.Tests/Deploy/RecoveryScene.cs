using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Agents;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Server.Access;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Deploy;

/// <summary>Two control planes, one in East US with an estate and one in West US without.</summary>
internal sealed class RecoveryScene : IAsyncDisposable
{
    public const string Blob = "https://127.0.0.1:1/acc";

    private RecoveryScene(TestServer east, TestServer west, TempFolder folder)
    {
        (East, West, Folder) = (east, west, folder);
        (EastClient, WestClient) = (Client(east), Client(west));
    }

    public TestServer East { get; }

    public TestServer West { get; }

    public TempFolder Folder { get; }

    public MoverClient EastClient { get; }

    public MoverClient WestClient { get; }

    public PlanTarget To => new(West.Url, West.Subscription, "g1-west", "westus");

    public ResourceId WestGroup => ResourceId.OfGroup(West.Subscription, To.ResourceGroup);

    public PlanOptions Options => new()
    {
        To = To,
        Maps = [($"{East.Group("data")}/providers/Microsoft.Storage/storageAccounts/acc", WestAccount)],
    };

    public string WestAccount => $"{West.Group("data")}/providers/Microsoft.Storage/storageAccounts/acc";

    public static async Task<RecoveryScene> StartAsync(int jobs = 2, IReadOnlyList<PrivateRegion>? ownInWest = null)
    {
        var scene = new RecoveryScene(
            await TestServer.StartAsync(),
            await TestServer.StartAsync(options => options with { Regions = RegionCatalogue.Azure.With(ownInWest ?? []) }), new TempFolder());
        var east = scene.East;
        await east.CreateMoverAsync();
        await CreateAccountAsync(east, "eastus");
        await CreateAccountAsync(scene.West, "westus");
        await east.CreateAsync(east.Mover() + "/endpoints/src", Some.NfsBody);
        await east.CreateAsync(east.Mover() + "/endpoints/dst", east.BlobBody().Replace("/g1/", "/data/", StringComparison.Ordinal));
        await east.CreateAsync(east.Mover() + "/projects/p1", "{}");
        await east.CreateAsync(east.Mover() + "/agents/a1", east.AgentBody());
        for (var at = 1; at <= jobs; at++)
        {
            await east.CreateAsync(east.Definition($"j{at}"), Some.DefinitionBody);
        }

        return scene;
    }

    /// <summary>A job in the east and a connection that name each other.</summary>
    public async Task JoinJobAndConnectionAsync()
    {
        var connection = East.Mover() + "/connections/c1";
        await East.CreateAsync(connection, $$"""
            {"properties":{"privateLinkServiceId":"{{East.Group("net")}}/providers/Microsoft.Network/privateLinkServices/pls","jobList":["{{East.Definition("j1")}}"]} }
            """);
        await East.CreateAsync(
            East.Definition("j1"), Some.DefinitionBody.Replace("\"copyMode\"", $"\"connections\":[\"{connection}\"],\"copyMode\"", StringComparison.Ordinal));
    }

    /// <summary>The group in the east as its control plane exports it.</summary>
    public async Task<Snapshot> SnapshotAsync()
    {
        var body = new JsonObject { ["resources"] = new JsonArray("*"), ["options"] = "SkipAllParameterization" };
        var answer = await EastClient.PostAsync(ResourceId.OfGroup(East.Subscription, "g1"), "exportTemplate", body, CancellationToken.None);
        var template = answer!["template"]!.DeepClone().AsObject();
        return new(template, new()
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = DateTimeOffset.UnixEpoch,
            TakenBy = "test",
            Source = new(East.Url, East.Subscription, "g1", null, "eastus"),
            TemplateDigest = SnapshotFolder.DigestOf(RecoveryJson.ToBytes(template)),
        });
    }

    public async Task<RecoveryPlan> PlanAsync(Func<PlanOptions, PlanOptions>? change = null, MoverClient? client = null) =>
        await new PlanMaker(client ?? WestClient, RegionCatalogue.Azure, TimeProvider.System)
            .MakeAsync(await SnapshotAsync(), (change ?? (options => options))(Options), CancellationToken.None);

    /// <summary>Registers an agent with the mover in the west and starts it.</summary>
    public async Task<IHost> StartAgentAsync(string name)
    {
        await new AgentRegistration(TimeProvider.System).RegisterAsync(
            new()
            {
                DataFolder = Folder.At(name),
                Addresses = [West.Url],
                CaPem = await File.ReadAllTextAsync(Path.Combine(West.Folder, "tls", "ca.pem")),
                Token = AdministratorToken.Create(West.Folder, TimeProvider.System).Reveal(),
                StorageMover = WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1"),
                AgentName = name,
            },
            CancellationToken.None);
        return AgentApp.Create(new() { DataFolder = Folder.At(name) });
    }

    /// <summary>Waits until so many agents in the west are online.</summary>
    public async Task OnlineAsync(int agents)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await JobEstate.ReadAsync(WestClient, WestGroup, null, limit.Token)).Agents.Count(agent => agent.IsOnline) < agents)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        EastClient.Dispose();
        WestClient.Dispose();
        await East.DisposeAsync();
        await West.DisposeAsync();
        Folder.Dispose();
    }

    public static async Task CreateAccountAsync(TestServer server, string location)
    {
        await server.CreateGroupAsync("data");
        var answer = await server.SendAsync(
            HttpMethod.Put,
            TestServer.Versioned($"{server.Group("data")}/providers/Microsoft.Storage/storageAccounts/acc", "2023-05-01"),
            $$"""{"location":"{{location}}","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"{{Blob}}"} } }""");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A client of the west for somebody who holds a built-in role at its subscription and no other.</summary>
    public async Task<MoverClient> ClientOfAsync(string role)
    {
        var made = await (await West.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"other"}""")).JsonAsync();
        await WestClient.AssignRoleAsync(
            $"/subscriptions/{West.Subscription}", role, made["id"]!.GetValue<string>(), "ServicePrincipal", CancellationToken.None);
        using var handler = Trusting();
        var bought = await ClientCredentials.AskAsync(
            handler, new(West.Url), ClientCredentials.AnyTenant, made["appId"]!.GetValue<string>(), new(made["password"]!.GetValue<string>()),
            TimeProvider.System, CancellationToken.None);
        return Client(West, bought.Token.Reveal());
    }

    /// <summary>A client of a server, over a handler of the test's own if one is given.</summary>
    public static MoverClient Client(TestServer server, string? token = null, Func<HttpMessageHandler, HttpMessageHandler>? over = null,
        ArmRetry? retry = null)
    {
        token ??= AdministratorToken.Create(server.Folder, TimeProvider.System).Reveal();
        var handler = Trusting();
        return new(
            new()
            {
                Addresses = [new(server.Url)], Token = (_, _) => ValueTask.FromResult(token),
                PollInterval = TimeSpan.FromMilliseconds(100), Retry = retry ?? new(),
            },
            over?.Invoke(handler) ?? handler, TimeProvider.System);
    }

    private static SocketsHttpHandler Trusting()
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return handler;
    }
}
