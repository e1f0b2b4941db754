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

    [Fact]
    public async Task A_server_that_cannot_start_says_why_and_holds_nobody_up()
    {
        using var folder = new TemporaryFolder();
        var readme = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Readme", "README.md"));
        var lines = readme.SkipWhile(line => line != "## The smallest real migration").SkipWhile(line => line != "```").Skip(1)
            .TakeWhile(line => !line.StartsWith("./mover storage-account", StringComparison.Ordinal));
        var mover = Path.Combine(folder.Make("bin"), "mover");
        await File.WriteAllTextAsync(mover, $"#!/bin/sh\nexec dotnet \"{ChildProcess.MoverPath}\" \"$@\"\n");
        File.SetUnixFileMode(mover, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(folder.Make("home"), "mover-server"), "a file where the folder should be");
        var script = string.Join('\n', lines.Select(line => line.Replace("./mover", mover, StringComparison.Ordinal)));

        var (exitCode, output) = await ChildProcess.RunAsync(
            "timeout", ["60", "/bin/bash", "-c", script], new Dictionary<string, string> { ["HOME"] = folder.Make("home") });

        Assert.NotEqual(0, exitCode);
        Assert.Contains("mover: StateUnavailable: ", output, StringComparison.Ordinal);
        Assert.Contains("NoServer", output, StringComparison.Ordinal);
    }
}
