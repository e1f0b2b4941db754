using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>What the README tells a stranger to type.</summary>
public sealed class ReadmeTests
{
    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA", "MOVER_LIBNFS")]
    public async Task The_smallest_real_migration_works_line_by_line()
    {
        using var folder = new TemporaryFolder();
        using var contract = new ContractFolder();
        var exported = folder.Make("export");
        Trees.Mixed(exported, seed: 71, smallFiles: 120, largeBytes: 10 * 1024 * 1024);
        string Beside(params string[] path) => Path.Combine([AppContext.BaseDirectory, .. path]);

        var (exitCode, output) = await ChildProcess.RunAsync(
            Beside("Readme", "readme.sh"),
            [
                Beside("Readme", "README.md"), ChildProcess.MoverPath, exported, folder.Make("state"), Beside("scripts", "ganesha.sh"),
                Beside("witness", "compare.mjs"), Beside("witness", "container.mjs"),
            ],
            contract.Environment);

        Assert.True(exitCode == 0, output);
        contract.AssertKept();
        Assert.Contains("Agents_CreateOrUpdate", contract.OperationsOf("2025-12-01"));
        Assert.Contains("JobDefinitions_StartJob", contract.OperationsOf("2025-12-01"));
    }
}
