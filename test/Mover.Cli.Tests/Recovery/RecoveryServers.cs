using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;

namespace Mover.Cli.Tests.Recovery;

/// <summary>
/// Two real servers: <see cref="East"/> with an estate, of which there is a snapshot and a plan, and <see cref="West"/>, where it is
/// recovered.
/// </summary>
/// <remarks>
/// The estate: storage mover <c>m1</c> in the group <c>filers</c>, agents <c>old1</c> and <c>old2</c>; the project <c>p1</c> has the jobs
/// <c>blobs</c> (NFS to a blob container), <c>shares</c> (SMB with credentials in a vault to a file share) and <c>done</c> (a mirror that
/// had finished); the project <c>p2</c> has <c>fresh</c> (a mirror that never ran) and <c>nightly</c> (with a schedule).
/// </remarks>
internal sealed class RecoveryServers : IAsyncDisposable
{
    /// <summary>The group at the destination.</summary>
    public const string Group = "filers-west";

    private readonly TemporaryFolder _folder = new();
    private readonly List<IHost> _agents = [];
    private RunningServer? _east;
    private RunningServer? _west;

    public RunningServer East => _east ?? throw new InvalidOperationException("East does not run.");

    public RunningServer West => _west ?? throw new InvalidOperationException("West does not run.");

    /// <summary>The folder of the snapshot.</summary>
    public string Snapshot => _folder["snapshot"];

    /// <summary>The file of the plan.</summary>
    public string Plan => _folder["plan.json"];

    /// <summary>ARM id of the account at the destination.</summary>
    public string WestAccount { get; private set; } = string.Empty;

    /// <summary>The subscription of the destination, as a scope.</summary>
    public string WestScope => WestAccount.Split("/resourceGroups/")[0];

    public string this[string name] => _folder[name];

    /// <summary>The estate, its snapshot and its plan, which is not deployed.</summary>
    public static async Task<RecoveryServers> PlanAsync()
    {
        var servers = new RecoveryServers();
        try
        {
            servers._east = await RunningServer.StartAsync();
            servers._west = await RunningServer.StartAsync("--region", "westus");
            await servers.CreateEstateAsync();
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same, deployed, with agents that are online at the destination.</summary>
    public static async Task<RecoveryServers> DeployAsync(params string[] agents)
    {
        var servers = await PlanAsync();
        try
        {
            await OkAsync(servers.West, "recovery", "deploy", "--plan", servers.Plan);
            foreach (var agent in agents)
            {
                await servers.StartAgentAsync(agent);
            }

            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Registers an agent at the destination; it is offline.</summary>
    public Task<Ran> RegisterAsync(string name) => OkAsync(
        West, "agent", "register", "-g", Group, "--storage-mover-name", "m1", "-n", name, "--data", _folder[name], "--server-data",
        West.DataFolder);

    /// <summary>Registers an agent at the destination, starts it, and waits until it is online.</summary>
    public async Task StartAgentAsync(string name)
    {
        await RegisterAsync(name);
        var agent = AgentApp.Create(new() { DataFolder = _folder[name] });
        _agents.Add(agent);
        await agent.StartAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        string[] show = ["agent", "show", "-g", Group, "--storage-mover-name", "m1", "-n", name, "-o", "json"];
        while ($"{JsonNode.Parse((await OkAsync(West, show)).Out)?["properties"]?["agentStatus"]}" != "Online")
        {
            await pace.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Runs a step of <c>mover recovery</c> at the destination.</summary>
    public Task<Ran> StepAsync(string step, params string[] more) => West.CreateShell().RunAsync(["recovery", step, .. more]);

    /// <summary>The same with the plan.</summary>
    public Task<Ran> PlannedAsync(string step, params string[] more) => StepAsync(step, ["--plan", Plan, .. more]);

    /// <summary>The identity of an agent at the destination.</summary>
    public async Task<string> PrincipalOfAsync(string agent)
    {
        var machine = await OkAsync(West, "machine", "show", "-g", Group, "-n", agent, "-o", "json");
        return $"{JsonNode.Parse(machine.Out)?["identity"]?["principalId"]}";
    }

    /// <summary>Runs a command at a server; fails when it does.</summary>
    public static async Task<Ran> OkAsync(RunningServer server, params string[] words)
    {
        var ran = await server.CreateShell().RunAsync(words);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"mover {string.Join(' ', words)}: {ran.ExitCode}\n{ran.Out}\n{ran.Error}");
        return ran;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.StopAsync();
            agent.Dispose();
        }

        foreach (var server in new[] { _east, _west })
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        _folder.Dispose();
    }

    private async Task CreateEstateAsync()
    {
        string[] mover = ["-g", "filers", "--storage-mover-name", "m1"];
        var account = await CreateAccountAsync(East, "eastus", "eastacc");
        WestAccount = await CreateAccountAsync(West, "westus", "westacc");
        foreach (var secret in new[] { "user", "word" })
        {
            var set = await West.CreateShell("value").RunAsync("secret", "set", "--vault-name", "filers", "-n", secret);
            Assert.True(set.ExitCode == ExitCodes.Ok, set.Error);
        }

        await OkAsync(East, "group", "create", "-n", "filers", "-l", "eastus");
        await OkAsync(East, "storage-mover", "create", "-g", "filers", "-n", "m1");
        foreach (var agent in new[] { "old1", "old2" })
        {
            await OkAsync(East, ["agent", "register", .. mover, "-n", agent, "--data", _folder[agent], "--server-data", East.DataFolder]);
        }

        await OkAsync(East, ["endpoint", "create-for-nfs", .. mover, "-n", "nfs", "--host", "127.0.0.1", "--export", "/none"]);
        await OkAsync(
            East,
            [
                "endpoint", "create-for-smb", .. mover, "-n", "smb", "--host", "127.0.0.1", "--share-name", "none", "--username-uri",
                $"{West.Url}/vaults/filers/secrets/user", "--password-uri", $"{West.Url}/vaults/filers/secrets/word",
            ]);
        foreach (var name in new[] { "one", "two", "three", "four" })
        {
            await OkAsync(
                East,
                ["endpoint", "create-for-storage-container", .. mover, "-n", name, "--container-name", name, "--storage-account-id", account]);
        }

        await OkAsync(
            East,
            [
                "endpoint", "create-for-storage-smb-file-share", .. mover, "-n", "share", "--file-share-name", "share",
                "--storage-account-id", account,
            ]);
        await OkAsync(East, ["project", "create", .. mover, "-n", "p1"]);
        await OkAsync(East, ["project", "create", .. mover, "-n", "p2"]);
        await CreateJobAsync("p1", "blobs", "Additive", "nfs", "one", "old1");
        await CreateJobAsync("p1", "shares", "Additive", "smb", "share", "old1");
        await CreateJobAsync("p1", "done", "Mirror", "nfs", "two", "old1");
        await CreateJobAsync("p2", "fresh", "Mirror", "nfs", "three", "old2");
        await CreateJobAsync("p2", "nightly", "Additive", "nfs", "four", "old2", "--schedule", Nightly);
        await FinishMirrorAsync(mover);
        await OkAsync(East, "recovery", "snapshot", "-g", "filers", "--output", Snapshot);
        await OkAsync(
            West, "recovery", "plan", "--from", Snapshot, "--to", "westus", "--group", Group, "--map", $"{account}={WestAccount}", "--out",
            Plan);
    }

    private const string Nightly = "{is-active:true,cron-expression:'0 9 * * MON-FRI',start-date:2026-01-01T00:00:00Z,end-date:2099-01-01T00:00:00Z}";

    private Task<Ran> CreateJobAsync(
        string project, string name, string mode, string source, string target, string agent, params string[] more) => OkAsync(
        East,
        [
            "job-definition", "create", "-g", "filers", "--storage-mover-name", "m1", "--project-name", project, "-n", name, "--copy-mode", mode,
            "--source-name", source, "--target-name", target, "--agent-name", agent, .. more,
        ]);

    private static async Task<string> CreateAccountAsync(RunningServer server, string region, string name)
    {
        await OkAsync(server, "group", "create", "-n", "data", "-l", region);
        var made = await OkAsync(server, "storage-account", "create", "-g", "data", "-n", name, "-o", "json");
        return $"{JsonNode.Parse(made.Out)?["id"]}";
    }

    // The agent's side of a run that ends well.
    private async Task FinishMirrorAsync(string[] mover)
    {
        await OkAsync(East, ["job-definition", "start-job", .. mover, "--project-name", "p1", "-n", "done"]);
        using var folder = AgentFolder.Open(_folder["old1"]);
        var record = folder.ReadRecord();
        using var channel = new AgentChannelClient(
            new(record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()), new AgentAddresses(record.Addresses),
            AgentTrust.CreateHandler(record.CaPem), TimeProvider.System);
        var order = (await channel.WorkAsync(new("one", [], [], 1), CancellationToken.None)).Value.Order
            ?? throw new InvalidOperationException("No work.");
        var now = TimeProvider.System.GetUtcNow();
        Assert.Null((await channel.FinishAsync(
            new()
            {
                RunId = order.RunId,
                Epoch = order.Epoch,
                Sequence = 1,
                Status = AgentRunStatus.Succeeded,
                ScanStatus = AgentScanStatus.Completed,
                Counters = new(ItemsScanned: 1, ItemsTransferred: 1),
                StartedAt = now,
                EndedAt = now,
            },
            CancellationToken.None)).Refusal);
    }
}
