using Mover.SystemTests.Harness;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests;

/// <summary>
/// What a kill -9 in the middle of a large file costs: at most one block for each stream that was open. MOVER_SEED varies the moments.
/// </summary>
public sealed class ResentBlockTests(ITestOutputHelper output)
{
    private const int Blocks = 32;
    private const int Kills = 3;
    private const int Streams = 4;
    private const long LargeBytes = Blocks * 4L * 1024 * 1024;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    private static int Seed => Setting.Seed(21);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task An_agent_that_is_killed_again_and_again_sends_hardly_a_block_twice()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, Seed, smallFiles: 0, LargeBytes);
        var tally = new BlockTally(estate.Proxy);
        var runId = await estate.StartJobAsync(await estate.DefineJobAsync("killed"));

        foreach (var moment in Moments())
        {
            await tally.WaitForAsync(moment);
            await estate.KillAgentAsync();
            tally.Killed();
            output.WriteLine($"seed {Seed}: killed at {tally.Acknowledged} blocks, {tally.SentAgain} sent again so far");
            estate.StartAgent();
        }

        var run = await estate.WaitForEndAsync(runId, RunMax);
        FirstMigrationTests.AssertSucceeded(run, estate);
        AssertHardlyAnyAgain(tally, tally.StreamsMost);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
        estate.ReadLedger(runId).AssertEveryItemOnce(run);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_copy_that_is_killed_continues_with_resume_and_sends_hardly_a_block_twice()
    {
        using var folder = new TemporaryFolder();
        var source = folder.Make("source");
        Trees.Mixed(source, Seed, smallFiles: 150, LargeBytes);
        await using var blobs = Azurite.Start(folder.Make("blobs"));
        await blobs.CreateContainerAsync("target");
        await using var proxy = await BlobProxy.StartAsync(blobs);
        var tally = new BlockTally(proxy);
        string[] copy = ["copy", source, $"{proxy.Endpoint}/target", "--journal", folder.Make("journal"), "--concurrency", $"{Streams}"];
        var sas = new Dictionary<string, string>(StringComparer.Ordinal) { ["MOVER_SAS"] = Azurite.AccountSas() };

        foreach (var moment in Moments())
        {
            await using var killed = ChildProcess.Mover([.. copy, "--resume"], sas);
            await tally.WaitForAsync(moment);
            await killed.KillAsync();
            output.WriteLine($"seed {Seed}: killed at {tally.Acknowledged} blocks, {tally.SentAgain} sent again so far");
        }

        var (exitCode, talk) = await ChildProcess.RunMoverAsync([.. copy, "--resume"], sas);
        Assert.True(exitCode == 0, talk);
        AssertHardlyAnyAgain(tally, Streams);
        await Witness.CompareAsync(source, $"{blobs.Endpoint}/target");
    }

    /// <summary>Numbers of acknowledged blocks to kill at, spread over the file, from the seed.</summary>
    private static IEnumerable<int> Moments()
    {
        var random = new Random(Seed);
        return Enumerable.Range(0, Kills).Select(kill => (kill * Blocks / Kills) + random.Next(1, (Blocks / Kills) - 2));
    }

    private void AssertHardlyAnyAgain(BlockTally tally, int streams)
    {
        output.WriteLine(
            $"seed {Seed}: {tally.Received} sendings of {Blocks} blocks, {tally.SentAgain} of acknowledged ones, {Kills} kills, {streams} streams");
        Assert.Equal(Blocks, tally.Acknowledged);
        Assert.InRange(tally.Received, Blocks, Blocks + (Kills * streams));
        Assert.InRange(tally.SentAgain, 0, Kills * streams);
    }
}
