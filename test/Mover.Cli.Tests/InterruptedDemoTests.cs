using System.Diagnostics;
using System.Globalization;
using Mover.Cli.Frame;
using Mover.Testing;
using static Mover.Cli.Tests.DemoProcesses;

namespace Mover.Cli.Tests;

/// <summary>A demo that is stopped, killed, or kept.</summary>
public sealed class InterruptedDemoTests
{
    [RequiresTheory("MOVER_AZURITE", "MOVER_ETCD")]
    [InlineData("A Blob service")]
    [InlineData("is gone", "--zones")]
    public async Task A_demo_that_is_stopped_half_way_cleans_up(string after, params string[] flags)
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract, flags);
        await UntilAsync(demo, after);
        var started = ChildrenOf(demo.Id).ToList();

        using var kill = Process.Start("kill", ["-TERM", demo.Id.ToString(CultureInfo.InvariantCulture)]);
        var rest = demo.StandardError.ReadToEndAsync();
        await demo.WaitForExitAsync();

        Assert.True(demo.ExitCode == ExitCodes.Canceled, await rest);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
        await AssertEndAsync(started);
        contract.AssertKept();
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData("A file server's export")]
    [InlineData("A Blob service")]
    public Task A_demo_that_is_killed_leaves_no_process_and_no_file(string after) => KillAsync(after);

    [OnDemandFact("MOVER_DEMOS", "MOVER_AZURITE", "MOVER_ETCD")]
    public Task A_demo_of_three_zones_that_is_killed_after_the_loss_leaves_no_process_and_no_file() => KillAsync("is gone", "--zones");

    [RequiresFact("MOVER_AZURITE")]
    public async Task The_commands_that_a_demo_shows_can_be_pasted_while_it_stays_up()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract, "--keep");
        var lines = new List<string>();
        while (await demo.StandardError.ReadLineAsync() is { } line && !line.Contains("source files:", StringComparison.Ordinal))
        {
            lines.Add(line);
        }

        var commands = lines.Where(line => line.StartsWith("      ", StringComparison.Ordinal)).Select(line => line.Trim()).ToList();
        var script = string.Join('\n', commands.Where(line => !line.EndsWith('&')));
        var pasted = new ProcessStartInfo("/bin/sh", ["-e", "-c", $"{script.Replace("agent register", "agent status || mover agent register", StringComparison.Ordinal)}"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["XDG_STATE_HOME"] = temporary["second"] },
        };
        using var shell = Process.Start(pasted) ?? throw new InvalidOperationException("The shell did not start.");
        var output = shell.StandardOutput.ReadToEndAsync();
        var error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        using var kill = Process.Start("kill", ["-TERM", demo.Id.ToString(CultureInfo.InvariantCulture)]);
        await demo.WaitForExitAsync();

        Assert.True(shell.ExitCode == ExitCodes.Ok, $"{error}{await output}\n{script}");
        Assert.Equal(3, commands.Count(line => line.EndsWith('&')));
        Assert.Equal(2, commands.Count(line => line.StartsWith("mover verify ", StringComparison.Ordinal)));
    }

    private static async Task KillAsync(string after, params string[] flags)
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract, flags);
        await UntilAsync(demo, after);
        var started = ChildrenOf(demo.Id).ToList();

        demo.Kill();
        await demo.WaitForExitAsync();
        await AssertEndAsync(started);

        // A killed process leaves the pipes of its runtime's debugger above.
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
    }
}
