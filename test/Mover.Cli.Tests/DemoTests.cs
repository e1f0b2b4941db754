using System.Diagnostics;
using System.Globalization;
using Mover.Testing;

namespace Mover.Cli.Tests;

public sealed class DemoTests
{
    [RequiresFact("MOVER_AZURITE")]
    public async Task The_demo_proves_all_its_claims_within_a_minute_and_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract);

        var talk = demo.StandardError.ReadToEndAsync();
        var output = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();

        Assert.True(demo.ExitCode == ExitCodes.Ok, output);
        Assert.Contains("items, from the last run", await talk, StringComparison.Ordinal);
        Assert.Contains("Migrated and proven", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(temporary.Path, "*", SearchOption.AllDirectories));
        contract.AssertKept();
        Assert.Contains("Agents_CreateOrUpdate", contract.OperationsOf("2025-12-01"));
        Assert.Contains("JobRuns_Get", contract.OperationsOf("2025-12-01"));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task The_demo_of_two_regions_loses_one_in_the_middle_of_a_migration_and_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract, "--regions");

        var talk = demo.StandardError.ReadToEndAsync();
        var output = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();

        Assert.True(demo.ExitCode == ExitCodes.Ok, $"{output}{await talk}");
        Assert.Contains("Nothing happened", output, StringComparison.Ordinal);
        Assert.Contains("East US serves again", await talk, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
        contract.AssertKept();
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_demo_that_is_stopped_half_way_cleans_up()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract);
        while (await demo.StandardError.ReadLineAsync() is { } line && !line.Contains("A Blob service", StringComparison.Ordinal))
        {
        }

        using var kill = Process.Start("kill", ["-TERM", demo.Id.ToString(CultureInfo.InvariantCulture)]);
        await demo.WaitForExitAsync();

        Assert.Equal(ExitCodes.Canceled, demo.ExitCode);
        Assert.Empty(Directory.EnumerateFiles(temporary.Path, "*", SearchOption.AllDirectories));
        contract.AssertKept();
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData("A file server's export")]
    [InlineData("A Blob service")]
    public async Task A_demo_that_is_killed_leaves_no_process_and_no_file(string after)
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract);
        while (await demo.StandardError.ReadLineAsync() is { } line && !line.Contains(after, StringComparison.Ordinal))
        {
        }

        // A child belongs to the thread that started it.
        var children = string.Concat(Directory.GetDirectories($"/proc/{demo.Id}/task").Select(one => File.ReadAllText($"{one}/children")));
        var started = children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture))).ToList();
        demo.Kill();
        await demo.WaitForExitAsync();
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        foreach (var child in started)
        {
            await child.WaitForExitAsync(bound.Token);
            child.Dispose();
        }

        // A killed process leaves the pipes of its runtime's debugger above.
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
    }

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

    [Fact]
    public async Task A_demo_without_its_blob_service_says_how_to_get_it()
    {
        var ran = await new Shell { ["MOVER_AZURITE"] = "/no/such/main.js" }.RunAsync("demo");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("MOVER_AZURITE", ran.Error, StringComparison.Ordinal);
    }

    private static Process Start(TemporaryFolder temporary, ContractFolder contract, params string[] more)
    {
        var start = new ProcessStartInfo(Shell.Program, ["demo", .. more])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary.Path;
        start.Environment["XDG_STATE_HOME"] = temporary.Path;
        foreach (var (name, value) in contract.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The demo did not start.");
    }
}
