using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

public sealed class ServerTests
{
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    [Fact]
    public async Task A_server_says_ready_once_it_serves_and_ends_cleanly_when_told_to()
    {
        await using var server = await RunningServer.StartAsync();

        var doctor = await server.CreateShell().RunAsync("doctor", "-o", "json");
        var exitCode = await server.StopAsync();
        var gone = await server.CreateShell().RunAsync("group", "list");

        Assert.StartsWith("ready https://127.0.0.1:", server.Ready, StringComparison.Ordinal);
        Assert.DoesNotContain(JsonNode.Parse(doctor.Out) as JsonArray ?? [], f => f?["verdict"]?.ToString() == "fail");
        Assert.Equal(ExitCodes.Ok, exitCode);
        Assert.Equal(ExitCodes.Unreachable, gone.ExitCode);
    }

    [Fact]
    public async Task An_estate_is_made_shown_changed_and_deleted_by_its_nouns()
    {
        await using var server = await RunningServer.StartAsync();
        var steps = new[]
        {
            "group create -n g -l eastus",
            "storage-mover create -g g -n m --description first --tags a=b c=d",
            "storage-account create -g g -n acct --blob-endpoint http://127.0.0.1:10000/acct/",
            "endpoint create-for-nfs -g g --storage-mover-name m -n src --host filer --export /e --nfs-version nfsv3",
            "endpoint update-for-nfs -g g --storage-mover-name m -n src --description changed",
            "project create -g g --storage-mover-name m -n p",
            "project update -g g --storage-mover-name m --project-name p --description changed",
            "storage-mover update -g g -n m --description second",
            "storage-mover list",
            "endpoint list -g g --storage-mover-name m",
            "project delete -g g --storage-mover-name m -n p --yes",
            "storage-mover delete -g g -n m --yes",
            "group delete -n g --yes",
        };

        foreach (var step in steps)
        {
            var ran = await server.CreateShell().RunAsync(step.Split(' '));

            Assert.True(ran.ExitCode == ExitCodes.Ok, $"{step}: {ran.Error}");
        }

        Assert.InRange(server.Contract.Held, 9, int.MaxValue);
    }

    [Fact]
    public async Task Documents_come_as_the_server_gave_them()
    {
        await using var server = await RunningServer.StartAsync();
        var shell = server.CreateShell();
        await shell.RunAsync("group", "create", "-n", "g", "-l", "eastus");
        await shell.RunAsync("storage-mover", "create", "-g", "g", "-n", "m", "--tags", "a=b");

        var one = JsonNode.Parse((await shell.RunAsync("storage-mover", "show", "-g", "g", "-n", "m", "-o", "json")).Out);
        var tsv = await shell.RunAsync("storage-mover", "list", "-o", "tsv");
        var none = await shell.RunAsync("storage-mover", "list", "-o", "none");

        Assert.Equal(
            ("microsoft.storagemover/storagemovers", "eastus", "b"),
            (one?["type"]?.ToString(), one?["location"]?.ToString(), one?["tags"]?["a"]?.ToString()));
        Assert.Equal("m\teastus\tSucceeded\t", tsv.Out.TrimEnd('\n', '\r'));
        Assert.Empty(none.Out);
    }

    [Fact]
    public async Task An_account_key_comes_by_standard_input_and_never_back()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CreateShell().RunAsync("group", "create", "-n", "g", "-l", "eastus");
        await server.CreateShell().RunAsync("storage-account", "create", "-g", "g", "-n", "acct");

        var set = await server.CreateShell(AccountKey + "\n").RunAsync("storage-account", "set-key", "-g", "g", "-n", "acct");
        var shown = await server.CreateShell().RunAsync("storage-account", "show", "-g", "g", "-n", "acct", "-o", "json");

        Assert.Equal(ExitCodes.Ok, set.ExitCode);
        Assert.Contains("\"keyIsSet\": true", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(AccountKey, set.Out + set.Error + shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_server_is_one_line_with_its_code()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CreateShell().RunAsync("group", "create", "-n", "g", "-l", "eastus");

        var ran = await server.CreateShell().RunAsync("storage-mover", "show", "-g", "g", "-n", "nope");

        Assert.Equal(ExitCodes.NotFound, ran.ExitCode);
        Assert.StartsWith("mover: ResourceNotFound: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_token_is_refused_and_the_remedy_named()
    {
        await using var server = await RunningServer.StartAsync();
        var shell = new Shell
        {
            ["MOVER_TOKEN"] = "forged",
            ["MOVER_CA"] = Path.Combine(server.DataFolder, "tls", "ca.pem"),
            ["MOVER_SERVER"] = server.Url,
        };

        var ran = await shell.RunAsync("group", "list");

        Assert.Equal(ExitCodes.Refused, ran.ExitCode);
        Assert.Contains("mover token", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_the_right_ca_is_not_trusted_and_gets_no_token()
    {
        await using var server = await RunningServer.StartAsync();
        var shell = new Shell { ["MOVER_TOKEN"] = "t", ["MOVER_SERVER"] = server.Url };

        var ran = await shell.RunAsync("group", "list");

        Assert.Equal(ExitCodes.Unreachable, ran.ExitCode);
        Assert.Contains("--ca", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_becomes_an_agent_and_ceases_to_be_one()
    {
        await using var server = await RunningServer.StartAsync();
        var shell = server.CreateShell();
        shell["MOVER_AGENT_DATA"] = server["agent"];
        await shell.RunAsync("group", "create", "-n", "g", "-l", "eastus");
        await shell.RunAsync("storage-mover", "create", "-g", "g", "-n", "m");

        var registered = await shell.RunAsync("agent", "register", "-g", "g", "--storage-mover-name", "m", "-n", "a", "-o", "json");
        var status = await shell.RunAsync("agent", "status", "-o", "json");
        var listed = await shell.RunAsync("agent", "list", "-g", "g", "--storage-mover-name", "m", "-o", "tsv");
        var removed = await shell.RunAsync("agent", "unregister", "--server-data", server.DataFolder, "--yes");
        var after = await shell.RunAsync("agent", "list", "-g", "g", "--storage-mover-name", "m", "-o", "tsv");

        Assert.True(registered.ExitCode == ExitCodes.Ok, registered.Error);
        Assert.EndsWith("/agents/a", JsonNode.Parse(registered.Out)?["agentId"]?.ToString(), StringComparison.Ordinal);
        Assert.Equal("false", JsonNode.Parse(status.Out)?["isRunning"]?.ToString());
        Assert.StartsWith("a\t", listed.Out, StringComparison.Ordinal);
        Assert.True(removed.ExitCode == ExitCodes.Ok, removed.Error);
        Assert.Empty(after.Out);
        Assert.Contains("Agents_CreateOrUpdate", server.Contract.OperationsOf("2025-12-01"));
    }
}
