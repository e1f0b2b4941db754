using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>An agent that is asked to end, and one whose own files a person has spoilt.</summary>
public sealed class StoppedAgentTests
{
    /// <summary>Requests on their way when the agent is asked to end: they may take effect and not be heard of.</summary>
    private const int RequestsAtOnceMax = 32;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task An_agent_that_is_asked_to_end_leaves_its_run_whole_and_continues_with_it_at_the_next_start()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 41, smallFiles: 600, largeBytes: 40 * 1024 * 1024);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount();
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        estate.Proxy.Acknowledged = request => _ = request.Number > 200 && underWay.TrySetResult();
        var runId = await estate.StartJobAsync(await estate.DefineJobAsync("stopped"));

        await underWay.Task.WaitAsync(RunMax);
        var exitCode = await estate.StopAgentAsync();
        var meanwhile = (await estate.GetAsync(runId))["properties"]!["status"]!.GetValue<string>();
        estate.StartAgent();
        var run = await estate.WaitForEndAsync(runId, RunMax);

        Assert.Equal((0, "Running"), (exitCode, meanwhile));
        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        Assert.Equal((items, 0), (FirstMigrationTests.Count(run, "itemsScanned"), FirstMigrationTests.Count(run, "itemsFailed")));
        Assert.InRange(FirstMigrationTests.Count(run, "itemsNoTransferNeeded"), 0, RequestsAtOnceMax);
        estate.ReadLedger(runId).AssertEveryItemOnce(run);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_run_whose_record_cannot_be_read_is_shown_blocks_no_other_and_continues_when_it_is_mended()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 42, smallFiles: 200, largeBytes: 1024);
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        estate.Proxy.Acknowledged = request => _ = request.Number > 50 && underWay.TrySetResult();
        var spoiltRun = await estate.StartJobAsync(await estate.DefineJobAsync("spoilt", targetSubpath: "spoilt"));
        await underWay.Task.WaitAsync(RunMax);
        await estate.KillAgentAsync();
        var record = Path.Combine(estate.AgentData, "runs", spoiltRun.Split('/')[^1], "run.json");
        var right = await File.ReadAllBytesAsync(record);
        await File.WriteAllBytesAsync(record, right[..(right.Length / 2)]);
        estate.StartAgent();

        var agent = await estate.WaitForAgentAsync("RequiresAttention", RunMax);
        var other = await estate.WaitForEndAsync(await estate.StartJobAsync(await estate.DefineJobAsync("other", targetSubpath: "other")), RunMax);
        await File.WriteAllBytesAsync(record, right);
        var spoilt = await estate.WaitForEndAsync(spoiltRun, RunMax);

        var message = agent["errorDetails"]!["message"]!.GetValue<string>();
        Assert.Equal("RunRecordUnreadable", agent["errorDetails"]!["code"]!.GetValue<string>());
        Assert.Contains(record, message, StringComparison.Ordinal);
        Assert.Contains("Restore the file", message, StringComparison.Ordinal);
        FirstMigrationTests.AssertSucceeded(other, estate);
        FirstMigrationTests.AssertSucceeded(spoilt, estate);
        await estate.WaitForAgentAsync("Online", RunMax);
    }
}
