using Mover.Cli.Demo;
using Mover.Cli.Frame;
using Mover.Testing;
using static Mover.Cli.Tests.DemoProcesses;

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
        Assert.Contains("--etcd is '/no/such/etcd'", named.Error, StringComparison.Ordinal);
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
}
