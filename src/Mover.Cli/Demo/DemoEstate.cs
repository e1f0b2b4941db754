using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server;

namespace Mover.Cli.Demo;

/// <summary>A control plane, an agent and a Blob service on loopback, with everything they keep below one folder.</summary>
internal sealed class DemoEstate : IAsyncDisposable
{
    /// <summary>The file server that the source claims to be; the agent's mount map says where its export really is.</summary>
    public const string FilerHost = "filer.demo";

    public const string Export = "/export";
    public const string Container = "migrated";
    private const string AgentName = "demo-agent";

    private readonly Terminal _terminal;
    private WebApplication? _server;
    private IHost? _agent;
    private ControlPlane? _plane;

    public DemoEstate(string folder, Terminal terminal)
    {
        Folder = folder;
        _terminal = terminal;
        Tree = new(Path.Combine(folder, "filer"));
    }

    public string Folder { get; }

    public DemoTree Tree { get; }

    public Azurite? BlobService { get; private set; }

    public string ServerFolder => Path.Combine(Folder, "server");

    public string ServerUrl { get; private set; } = string.Empty;

    public ControlPlane Plane => _plane ?? throw new InvalidOperationException("The control plane has not started.");

    public ResourceId JobDefinition { get; private set; }

    private string AgentFolder => Path.Combine(Folder, "agent");

    public async Task StartServerAsync(CancellationToken cancel)
    {
        _server = ServerApp.Create(new() { DataFolder = ServerFolder, Urls = ["https://127.0.0.1:0"] }, _terminal.Clock);
        await _server.StartAsync(cancel);
        ServerUrl = _server.Urls.First();
        LocalServer.Announce(ServerFolder, ServerUrl);
        _plane = ConnectionFlags.Open(LocalServer.Read(ServerFolder, _terminal), _terminal);
    }

    public async Task StartBlobServiceAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "blobs")).FullName;
        BlobService = await Azurite.StartAsync(folder, _terminal, cancel);
        await DemoContainer.CreateAsync(BlobService, Container, _terminal.Clock, cancel);
    }

    /// <summary>Everything that a migration needs, by the same calls that any ARM client makes.</summary>
    public async Task CreateResourcesAsync(CancellationToken cancel)
    {
        var blobs = BlobService ?? throw new InvalidOperationException("The Blob service has not started.");
        var client = Plane.Client;
        var group = await Plane.GetGroupAsync("demo", cancel);
        await client.PutAsync(group, new() { ["location"] = "eastus" }, cancel);
        var account = group.Provider("Microsoft.Storage/storageAccounts", Azurite.Account);
        await client.PutAsync<StorageAccount>(
            account,
            new()
            {
                Location = "eastus",
                Kind = "StorageV2",
                Sku = new("Standard_LRS"),
                Properties = new() { PrimaryEndpoints = new(blobs.Address.ToString()) },
            },
            cancel);
        await client.PostAsync(account, "setKey", new JsonObject { ["key"] = blobs.Key }, cancel);
        var mover = group.Provider("Microsoft.StorageMover/storageMovers", "demo-mover");
        await client.PutAsync<StorageMover>(mover, new() { Location = "eastus" }, cancel);
        await client.PutAsync<StorageEndpoint>(
            mover.Child("endpoints", "filer"), new() { Properties = new NfsMountProperties { Host = FilerHost, Export = Export } }, cancel);
        await client.PutAsync<StorageEndpoint>(
            mover.Child("endpoints", "cloud"),
            new() { Properties = new BlobContainerProperties { StorageAccountResourceId = account.Text, BlobContainerName = Container } },
            cancel);
        await client.PutAsync<Project>(mover.Child("projects", "demo-project"), new() { Properties = new() }, cancel);
        JobDefinition = mover.Child("projects", "demo-project").Child("jobDefinitions", "filer-to-cloud");
        await RegisterAgentAsync(mover, cancel);
        await client.PutAsync<JobDefinition>(
            JobDefinition,
            new() { Properties = new() { CopyMode = CopyModes.Mirror, SourceName = "filer", TargetName = "cloud", AgentName = AgentName } },
            cancel);
    }

    public async Task StartAgentAsync(CancellationToken cancel)
    {
        _agent = AgentApp.Create(
            new() { DataFolder = AgentFolder, Mounts = [$"{FilerHost}:{Export}={Tree.Root}"] }, clock: _terminal.Clock);
        await _agent.StartAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.StopAsync(CancellationToken.None);
            _agent.Dispose();
        }

        _plane?.Dispose();
        if (_server is not null)
        {
            await _server.StopAsync(CancellationToken.None);
            await _server.DisposeAsync();
        }

        if (BlobService is not null)
        {
            await BlobService.DisposeAsync();
        }
    }

    private async Task RegisterAgentAsync(ResourceId mover, CancellationToken cancel)
    {
        var settings = LocalServer.Read(ServerFolder, _terminal);
        await new AgentRegistration(_terminal.Clock).RegisterAsync(
            new()
            {
                DataFolder = AgentFolder,
                Addresses = [ServerUrl],
                CaPem = settings.CaPem,
                Token = await settings.Token(false, cancel),
                StorageMover = mover,
                AgentName = AgentName,
            },
            cancel);
    }
}
