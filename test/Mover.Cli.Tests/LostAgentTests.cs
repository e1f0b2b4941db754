using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;

namespace Mover.Cli.Tests;

/// <summary>An agent whose folder is lost is replaced under its name, and what its runs left behind is named.</summary>
public sealed class LostAgentTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await OkAsync("group", "create", "-n", "g", "-l", "eastus");
        await OkAsync("storage-mover", "create", "-g", "g", "-n", "m");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_lost_agent_is_unregistered_by_name_and_registered_again_in_a_new_folder()
    {
        await RegisterAsync("lost");

        var taken = await _server.CreateShell().RunAsync(RegisterLine("new"));
        await OkAsync("agent", "unregister", "-g", "g", "--storage-mover-name", "m", "-n", "a", "--yes");
        var machines = await OkAsync("machine", "list", "-o", "tsv");
        await RegisterAsync("new");

        Assert.NotEqual(ExitCodes.Ok, taken.ExitCode);
        Assert.Contains("mover agent unregister", taken.Error, StringComparison.Ordinal);
        Assert.Empty(machines.Out);
        Assert.StartsWith("a\t", (await OkAsync("machine", "list", "-g", "g", "-o", "tsv")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_agent_ends_with_the_reason_and_its_unregistering_leaves_the_new_one_alone()
    {
        await RegisterAsync("lost");
        await OkAsync("agent", "unregister", "-g", "g", "--storage-mover-name", "m", "-n", "a", "--yes");
        await RegisterAsync("new");

        var old = await _server.CreateShell().RunAsync("agent", "run", "--data", _server["lost"], "--log-level", "None");
        await OkAsync("agent", "unregister", "--data", _server["lost"], "--server-data", _server.DataFolder, "--yes");

        Assert.True(old.ExitCode == ExitCodes.Refused, old.Error);
        Assert.Contains("UnknownAgent", old.Error, StringComparison.Ordinal);
        await OkAsync("agent", "show", "-g", "g", "--storage-mover-name", "m", "-n", "a");
        await OkAsync("machine", "show", "-g", "g", "-n", "a");
    }

    [Fact]
    public async Task The_doctor_on_the_agents_host_names_what_is_wrong()
    {
        await RegisterAsync("agent");
        Directory.CreateDirectory(_server["source"]);

        var well = await _server.CreateShell().RunAsync("agent", "doctor", "--data", _server["agent"], "--source", _server["source"], "-o", "tsv");
        await OkAsync("agent", "unregister", "-g", "g", "--storage-mover-name", "m", "-n", "a", "--yes");
        var lost = await _server.CreateShell().RunAsync("agent", "doctor", "--data", _server["agent"], "--source", _server["none"], "-o", "tsv");

        Assert.True(well.ExitCode == ExitCodes.Ok, well.Out + well.Error);
        Assert.All(["server", "clock", "identity", "source"], check => Assert.Contains($"ok\t{check}\t", well.Out, StringComparison.Ordinal));
        Assert.Equal(ExitCodes.NotReady, lost.ExitCode);
        Assert.Contains("fail\tidentity\t", lost.Out, StringComparison.Ordinal);
        Assert.Contains("fail\tsource\t", lost.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_did_not_arrive_is_listed_with_code_cause_and_remedy()
    {
        await RegisterAsync("agent");
        string[] job = ["-g", "g", "--storage-mover-name", "m", "--project-name", "p", "-n", "j"];
        string[] run = ["-g", "g", "--storage-mover-name", "m", "--project-name", "p", "--job-definition-name", "j"];
        await OkAsync("endpoint", "create-for-nfs", "-g", "g", "--storage-mover-name", "m", "-n", "src", "--host", "h", "--export", "/e");
        await OkAsync("storage-account", "create", "-g", "g", "-n", "acc");
        var account = JsonNode.Parse((await OkAsync("storage-account", "update", "-g", "g", "-n", "acc", "--sku", "Standard_ZRS", "-o", "json")).Out);
        await OkAsync(
            "endpoint", "create-for-storage-container", "-g", "g", "--storage-mover-name", "m", "-n", "dst", "--container-name", "container",
            "--storage-account-id", $"{account?["id"]}");
        await OkAsync("project", "create", "-g", "g", "--storage-mover-name", "m", "-n", "p");
        await OkAsync(
            ["job-definition", "create", .. job, "--copy-mode", "Additive", "--source-name", "src", "--target-name", "dst", "--agent-name", "a"]);
        await OkAsync(["job-definition", "start-job", .. job]);
        await ReportAsync();

        var failures = await _server.CreateShell().RunAsync(["job-run", "failures", .. run, "-o", "tsv"]);
        var watched = await _server.CreateShell().RunAsync(["job-run", "watch", .. run]);
        var listed = await OkAsync(["job-run", "list", .. run, "-o", "json"]);
        var name = JsonNode.Parse(listed.Out)?[0]?["name"]?.ToString() ?? string.Empty;
        var shown = await OkAsync(["job-run", "show", .. run, "-n", name]);
        var status = await OkAsync("agent", "status", "--data", _server["agent"]);
        var retried = await OkAsync(["job-run", "failures", .. run, "--retry"]);

        Assert.Equal("Standard_ZRS", account?["sku"]?["name"]?.ToString());
        Assert.Equal((ExitCodes.Incomplete, ExitCodes.Incomplete), (failures.ExitCode, watched.ExitCode));
        Assert.StartsWith("a%0Ab\tFailed\tAZSM2062\tpermission denied\tGive the agent's user read permission", failures.Out, StringComparison.Ordinal);
        Assert.Contains("2 of 5 items were not copied: 1 failed, 1 unsupported.", watched.Error, StringComparison.Ordinal);
        Assert.Contains("\"itemsUnsupported\": 1", listed.Out, StringComparison.Ordinal);
        Assert.All([watched, shown], ran => Assert.Contains($"Ledger: runs/{name}/transfer/ledger.txt in the folder of agent 'a'", ran.Error, StringComparison.Ordinal));
        Assert.All([watched, shown], ran => Assert.Contains("3 items of the target were deleted", ran.Error, StringComparison.Ordinal));
        Assert.Contains(_server["agent"] + "/runs/RUN/transfer/ledger.txt", status.Out, StringComparison.Ordinal);
        Assert.Contains("Started ", retried.Error, StringComparison.Ordinal);
    }

    /// <summary>The agent's side of a run that ends with an item missing.</summary>
    private async Task ReportAsync()
    {
        using var folder = AgentFolder.Open(_server["agent"]);
        var record = folder.ReadRecord();
        using var channel = new AgentChannelClient(
            new(record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()), new AgentAddresses(record.Addresses),
            AgentTrust.CreateHandler(record.CaPem), TimeProvider.System);
        var order = (await channel.WorkAsync(new("one", [], [], 1), CancellationToken.None)).Value.Order ?? throw new InvalidOperationException("No work.");
        var now = TimeProvider.System.GetUtcNow();
        var entry = new CopyLogEntry("a%0Ab", "F", 1, "Failed", $"{StatusCodes.ItemSourcePermission}", "permission denied", now);
        Assert.Null((await channel.LogAsync(new(order.RunId, order.Epoch, "journal", 0, [entry]), CancellationToken.None)).Refusal);
        Assert.Null((await channel.FinishAsync(
            new()
            {
                RunId = order.RunId,
                Epoch = order.Epoch,
                Sequence = 1,
                Status = AgentRunStatus.Succeeded,
                ScanStatus = AgentScanStatus.Completed,
                Counters = new TransferCounters(ItemsScanned: 5, ItemsTransferred: 3, ItemsFailed: 1, ItemsUnsupported: 1),
                StartedAt = now,
                EndedAt = now,
                Warnings = [new("ItemsDeleted", "3 items of the target were deleted.")],
            },
            CancellationToken.None)).Refusal);
    }

    private string[] RegisterLine(string folder) =>
    [
        "agent", "register", "-g", "g", "--storage-mover-name", "m", "-n", "a", "--data", _server[folder], "--server-data", _server.DataFolder,
    ];

    private Task<Ran> RegisterAsync(string folder) => OkAsync(RegisterLine(folder));

    private async Task<Ran> OkAsync(params string[] args)
    {
        var ran = await _server.CreateShell().RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
        return ran;
    }
}
