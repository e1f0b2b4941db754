using System.Diagnostics;
using System.Globalization;
using Mover.Testing;
using Mover.Volumes;

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

    [RequiresFact("MOVER_AZURITE")]
    public async Task A_demo_that_is_killed_takes_its_blob_service_with_it_and_the_next_removes_its_files()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract);
        while (await demo.StandardError.ReadLineAsync() is { } line && !line.Contains("A Blob service", StringComparison.Ordinal))
        {
        }

        // A child belongs to the thread that started it.
        var children = string.Concat(Directory.GetDirectories($"/proc/{demo.Id}/task").Select(one => File.ReadAllText($"{one}/children")));
        using var service = Process.GetProcessById(int.Parse(children.Trim().Split(' ')[0], CultureInfo.InvariantCulture));
        demo.Kill();
        await demo.WaitForExitAsync();
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await service.WaitForExitAsync(bound.Token);
        using (SpillFolder.Create(Path.Combine(temporary.Path, "mover", "demo")))
        {
        }

        // A killed process leaves the pipes of its runtime's debugger above.
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_demo_without_its_blob_service_says_how_to_get_it()
    {
        var ran = await new Shell { ["MOVER_AZURITE"] = "/no/such/main.js" }.RunAsync("demo");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("MOVER_AZURITE", ran.Error, StringComparison.Ordinal);
    }

    private static Process Start(TemporaryFolder temporary, ContractFolder contract)
    {
        var start = new ProcessStartInfo(Shell.Program, ["demo"])
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
