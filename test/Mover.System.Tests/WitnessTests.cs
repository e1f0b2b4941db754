using System.Globalization;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>What programs that know nothing of Mover make of it.</summary>
public sealed class WitnessTests
{
    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task The_npm_client_unmodified_runs_a_whole_migration()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 5, smallFiles: 250, largeBytes: 10 * 1024 * 1024);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount();

        var (exitCode, output) = await Witness.RunAsync(
            "arm-storagemover.mjs",
            [
                estate.Url, estate.Subscription, Estate.Group, Estate.MoverName, "agent1", "filer.test", "/export", estate.AccountId, Estate.Container,
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_TOKEN"] = estate.Token, ["NODE_EXTRA_CA_CERTS"] = estate.CaFile });

        Assert.True(exitCode == 0, $"{output}\n{estate.Outputs}");
        var seen = JsonNode.Parse(output)!;
        Assert.Equal("Succeeded", seen["status"]!.GetValue<string>());
        Assert.Equal(items, seen["itemsTransferred"]!.GetValue<long>());
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
        if (ChildProcess.TellsExchanges)
        {
            Assert.Contains("Agents_CreateOrUpdate", estate.Contract.OperationsOf("2025-12-01"));
            Assert.Contains("JobRuns_Get", estate.Contract.OperationsOf("2025-12-01"));
        }
    }

    [RequiresTheory("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA")]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_real_NFS_export_arrives_whole(int version)
    {
        using var folder = new TemporaryFolder();
        var exported = folder.Make("export");
        Trees.Mixed(exported, seed: 6, smallFiles: 300, largeBytes: 20 * 1024 * 1024);
        _ = new FileTree(exported).AddHardThings();
        if (version == 3)
        {
            // NFSv3 has no times before 1970 (RFC 1813, nfstime3: unsigned seconds).
            File.Delete(Path.Combine(exported, "times", "before"));
        }

        await using var filer = Ganesha.Start(exported, folder.Make("ganesha"));
        await using var blobs = Azurite.Start(folder.Make("blobs"));
        await blobs.CreateContainerAsync("target");

        var (exitCode, output) = await ChildProcess.RunMoverAsync(
            [
                "copy", string.Create(CultureInfo.InvariantCulture, $"nfs://127.0.0.1/export?version={version}&nfsport={filer.NfsPort}&mountport={filer.MountPort}"),
                $"{blobs.Endpoint}/target", "--journal", folder.Make("journal"), "--output", "json",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_SAS"] = Azurite.AccountSas() });

        // Links that lead nowhere, names that blobs cannot have: reported, and so the copy is not complete.
        Assert.True(exitCode is 0 or 6, output);
        await Witness.CompareAsync(exported, $"{blobs.Endpoint}/target");
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_AZCOPY", "MOVER_NODE_MODULES")]
    public async Task AzCopy_reads_back_what_Mover_wrote_with_modes_and_times()
    {
        using var folder = new TemporaryFolder();
        var source = folder.Make("source");
        Trees.Mixed(source, seed: 7, smallFiles: 120, largeBytes: 9 * 1024 * 1024);
        File.SetUnixFileMode(Path.Combine(source, "large.bin"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        await using var blobs = Azurite.Start(folder.Make("blobs"));
        await blobs.CreateContainerAsync("target");
        var sas = Azurite.AccountSas();
        var (copied, talk) = await ChildProcess.RunMoverAsync(
            ["copy", source, $"{blobs.Endpoint}/target", "--journal", folder.Make("journal")],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_SAS"] = sas });
        Assert.True(copied == 0, talk);

        var back = folder.Make("back");
        var (exitCode, output) = await ChildProcess.RunAsync(
            Requirement.Value("MOVER_AZCOPY"),
            ["copy", $"{blobs.Endpoint}/target/*?{sas}", back, "--recursive", "--from-to", "BlobLocal", "--skip-version-check", "--preserve-posix-properties"],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AZCOPY_LOG_LOCATION"] = folder.Make("azcopy-log"),
                ["AZCOPY_JOB_PLAN_LOCATION"] = folder.Make("azcopy-plan"),
            });

        Assert.True(exitCode == 0, output);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(back, Path.GetRelativePath(source, file));
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(copy));
            Assert.Equal(File.GetUnixFileMode(file), File.GetUnixFileMode(copy));
            Assert.Equal(File.GetLastWriteTimeUtc(file), File.GetLastWriteTimeUtc(copy));
        }
    }
}
