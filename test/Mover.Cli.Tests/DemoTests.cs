using System.Diagnostics;
using System.Globalization;
using Mover.Cli.Demo;
using Mover.Cli.Frame;
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

    [RequiresFact("MOVER_AZURITE", "MOVER_ETCD")]
    public async Task The_demo_of_three_zones_loses_the_worst_in_the_middle_of_a_migration_and_leaves_nothing()
    {
        using var temporary = new TemporaryFolder();
        using var contract = new ContractFolder();
        using var demo = Start(temporary, contract, "--zones");

        var talk = demo.StandardError.ReadToEndAsync();
        var output = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();

        Assert.True(demo.ExitCode == ExitCodes.Ok, $"{output}{await talk}");
        Assert.Contains("Nothing happened", output, StringComparison.Ordinal);
        Assert.Matches(@"before: servers in zones 1, 2, 3; etcd is led by zone \d, 3 of 3 voters left", await talk);
        Assert.Matches(@"during: servers in zones \d, \d; etcd is led by zone \d, 2 of 3 voters left: one more loss stops writes", await talk);
        Assert.Matches(@"after:  servers in zones 1, 2, 3; etcd is led by zone \d, 3 of 3 voters left", await talk);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(temporary.Path, "mover"), "*", SearchOption.AllDirectories));
        contract.AssertKept();
    }

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

    [RequiresTheory("MOVER_AZURITE", "MOVER_ETCD")]
    [InlineData("A file server's export")]
    [InlineData("A Blob service")]
    [InlineData("is gone", "--zones")]
    public async Task A_demo_that_is_killed_leaves_no_process_and_no_file(string after, params string[] flags)
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

    [Fact]
    public async Task The_demo_of_three_zones_says_how_to_get_etcd()
    {
        var named = await new Shell().RunAsync("demo", "--zones", "--etcd", "/no/such/etcd");
        var broken = await new Shell().RunAsync("demo", "--zones", "--etcd", "/bin/false");
        var elsewhere = await new Shell().RunAsync("demo", "--etcd", "/bin/false");
        var both = await new Shell().RunAsync("demo", "--zones", "--regions");

        Assert.Equal((ExitCodes.Usage, ExitCodes.NotReady), (named.ExitCode, broken.ExitCode));
        Assert.Contains("--etcd names '/no/such/etcd'", named.Error, StringComparison.Ordinal);
        Assert.Contains("The member of etcd in zone", broken.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Usage, ExitCodes.Usage), (elsewhere.ExitCode, both.ExitCode));
    }

    [Fact]
    public void Etcd_is_looked_for_where_it_is_unpacked_and_on_the_path()
    {
        using var temporary = new TemporaryFolder();
        var (program, installed) = (temporary["artifacts/etcd/usr/bin/etcd"], temporary["bin/etcd"]);
        foreach (var file in new[] { program, installed })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, string.Empty);
        }

        Terminal With(string? path, string? named = null) => new()
        {
            Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null,
            Environment = name => name switch { "PATH" => path, "MOVER_ETCD" => named, _ => null },
        };
        var missing = Assert.Throws<CliException>(() => EtcdProgram.Find(null, ["/nowhere"], With("/nowhere")));

        Assert.Equal(program, EtcdProgram.Find(null, [temporary["bin"]], With(temporary["bin"])));
        Assert.Equal(installed, EtcdProgram.Find(null, ["/nowhere"], With($"/nowhere:{temporary["bin"]}")));
        Assert.Equal(installed, EtcdProgram.Find(null, [temporary["bin"]], With(null, installed)));
        Assert.Equal(program, EtcdProgram.Find(program, ["/nowhere"], With(null, installed)));
        Assert.Equal((ExitCodes.NotReady, "NoEtcd"), (missing.ExitCode, missing.Code));
        Assert.Contains("scripts/etcd.sh artifacts/etcd", missing.Remedy, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Process demo, string line)
    {
        string? read;
        do
        {
            read = await demo.StandardError.ReadLineAsync();
        }
        while (read?.Contains(line, StringComparison.Ordinal) == false);

        Assert.NotNull(read);
    }

    // With those that shells of it started. A child belongs to the thread that started it.
    private static IEnumerable<Process> ChildrenOf(int process)
    {
        var children = string.Concat(Directory.GetDirectories($"/proc/{process}/task").Select(one => File.ReadAllText($"{one}/children")));
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture)))
            .SelectMany(child => ChildrenOf(child.Id).Append(child));
    }

    private static async Task AssertEndAsync(List<Process> processes)
    {
        Assert.NotEmpty(processes);
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        foreach (var process in processes)
        {
            await process.WaitForExitAsync(bound.Token);
            process.Dispose();
        }
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
