using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Files;
using Mover.Server;
using Mover.Server.DataFolders;

namespace Mover.Cli.Demo;

/// <summary>A control plane, an agent and a Blob service on loopback, with everything they keep below one folder.</summary>
internal sealed class DemoEstate : IAsyncDisposable
{
    /// <summary>The file server that the source claims to be; the agent's mount map says where its export really is.</summary>
    public const string FilerHost = "filer.demo";

    public const string Export = "/export";
    public const string Container = "migrated";
    public const string JobName = "filer-to-cloud";
    private const string Group = "demo";
    private const string MoverName = "demo-mover";
    private const string ProjectName = "demo-project";
    private const string AgentName = "demo-agent";

    private readonly Terminal _terminal;
    private WebApplication? _server;
    private IHost? _agent;
    private ControlPlane? _plane;

    /// <summary>With one server, whose folder the commands are given.</summary>
    public DemoEstate(string folder, Terminal terminal)
        : this(folder, Path.Combine(folder, "server"), [new("MOVER_DATA", DemoVariable.Of(Path.Combine(folder, "server")))], terminal)
    {
    }

    /// <summary>With a server in a folder, and the variables by which commands find the control plane.</summary>
    public DemoEstate(
        string folder, string serverFolder, IReadOnlyCollection<KeyValuePair<string, DemoVariable>> variables, Terminal terminal)
    {
        Folder = folder;
        ServerFolder = serverFolder;
        _terminal = terminal;
        Tree = new(Path.Combine(folder, "filer"));
        Shell = new(terminal, folder, new OrderedDictionary<string, DemoVariable>(variables, StringComparer.Ordinal)
        {
            ["MOVER_AGENT_DATA"] = DemoVariable.Of(AgentFolder),
        });
    }

    /// <summary>The words that name the demo's storage mover.</summary>
    public static IReadOnlyList<string> Mover { get; } = ["-g", Group, "--storage-mover-name", MoverName];

    /// <summary>The words that name the demo's job below its storage mover.</summary>
    public static IReadOnlyList<string> Job { get; } = [.. Mover, "--project-name", ProjectName];

    public DemoShell Shell { get; }

    public string Folder { get; }

    public DemoTree Tree { get; }

    public Azurite? BlobService { get; private set; }

    public string ServerFolder { get; }

    public string ServerUrl { get; private set; } = string.Empty;

    public ControlPlane Plane => _plane ?? throw new InvalidOperationException("The control plane has not started.");

    public string AgentFolder => Path.Combine(Folder, "agent");

    /// <summary>The file that holds the Blob service's key.</summary>
    public string KeyFile => Path.Combine(Folder, "blobs.key");

    public async Task StartServerAsync(CancellationToken cancel)
    {
        Shell.ShowWords();
        Shell.ShowVariables();
        Shell.Show("mover server --urls https://127.0.0.1:0 &");
        _server = await ServerApp.CreateAsync(
            new() { DataFolder = ServerFolder, Urls = ["https://127.0.0.1:0"] }, _terminal.Clock, cancel);
        await _server.StartAsync(cancel);
        LocalServer.Announce(ServerFolder, _server.Urls.First());
        UseServer();
    }

    /// <summary>Uses the server that runs in the server's folder.</summary>
    public void UseServer() => Use(LocalServer.Read(ServerFolder, _terminal));

    /// <summary>Uses a control plane.</summary>
    public void Use(ConnectionSettings settings)
    {
        ServerUrl = settings.Address.GetLeftPart(UriPartial.Authority);
        _plane = ConnectionFlags.Open(settings, _terminal);
    }

    public async Task StartBlobServiceAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "blobs")).FullName;
        BlobService = await Azurite.StartAsync(folder, _terminal, cancel);
        PrivateFile.Replace(KeyFile, Encoding.ASCII.GetBytes(BlobService.Key));
        Shell.Show(
            $"AZURITE_ACCOUNTS=\"{Azurite.Account}:$(cat {DemoShell.Quote(KeyFile)})\" node "
                + $"{string.Join(' ', BlobService.Arguments.Select(DemoShell.Quote))} &");
    }

    /// <summary>The storage mover.</summary>
    public async Task<ResourceId> GetMoverAsync(CancellationToken cancel) =>
        (await Plane.GetGroupAsync(Group, cancel)).Provider(ResourceTypes.StorageMover, MoverName);

    /// <summary>Everything that a migration needs, by the commands that a person would type.</summary>
    public async Task CreateResourcesAsync(CancellationToken cancel)
    {
        var blobs = BlobService ?? throw new InvalidOperationException("The Blob service has not started.");
        var account = (await Plane.GetGroupAsync(Group, cancel)).Provider("Microsoft.Storage/storageAccounts", Azurite.Account);
        Task<string> RunAsync(params string[] args) => Shell.RunAsync(cancel, args);
        await RunAsync("group", "create", "-n", Group, "-l", "eastus");
        await RunAsync("storage-account", "create", "-g", Group, "-n", Azurite.Account, "--blob-endpoint", blobs.Address.ToString());
        await RunAsync("storage-account", "set-key", "-g", Group, "-n", Azurite.Account, "--key-file", KeyFile);
        await RunAsync(
            "storage-account", "create-container", "-g", Group, "-n", Azurite.Account, "--container-name", Container,
            "--key-file", KeyFile);
        await RunAsync("storage-mover", "create", "-g", Group, "-n", MoverName);
        await RunAsync(["endpoint", "create-for-nfs", .. Mover, "-n", "filer", "--host", FilerHost, "--export", Export]);
        await RunAsync([
            "endpoint", "create-for-storage-container", .. Mover, "-n", "cloud", "--container-name", Container, "--storage-account-id",
            account.Text]);
        await RunAsync(["project", "create", .. Mover, "-n", ProjectName]);
        await RunAsync(["agent", "register", .. Mover, "-n", AgentName]);
        await RunAsync([
            "job-definition", "create", .. Job, "-n", JobName, "--copy-mode", "Mirror", "--source-name", "filer", "--target-name", "cloud",
            "--agent-name", AgentName]);
    }

    public async Task StartAgentAsync(CancellationToken cancel)
    {
        var mount = $"{FilerHost}:{Export}={Tree.Root}";
        Shell.Show($"mover agent run --mount {DemoShell.Quote(mount)} &");
        _agent = AgentApp.Create(new() { DataFolder = AgentFolder, Mounts = [mount] }, clock: _terminal.Clock);
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
}
