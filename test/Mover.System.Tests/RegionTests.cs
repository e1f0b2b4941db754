using System.Diagnostics;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>
/// A region is killed in the middle of a migration; its pair takes over by one command, and the same agent finishes the same run.
/// MOVER_FAILOVERS sets how often (1), MOVER_REGION_STORE=etcd that each region keeps its state in a member of etcd, and MOVER_FIGURES a file
/// to append the figures to.
/// </summary>
public sealed class RegionTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    // What is asked of a region that stands still ends when that is noticed: once a second it is asked, and has 3 s.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(15);

    private const string GroupVersion = "2022-09-01";

    private static int Failovers => Setting.Number("MOVER_FAILOVERS", 1);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_region_lost_during_a_migration_is_taken_over_by_one_command_and_taken_back_by_another()
    {
        await using var eastStore = OwnStore.Start("eastus");
        await using var westStore = OwnStore.Start("westus");
        await using var west = await StandbyRegion.PrepareAsync();
        await using var estate = await Estate.StartAsync(new() { ServerFlags = [.. west.HomeFlags, .. eastStore.Flags] });
        west.Start(estate, westStore.Flags);
        Trees.Mixed(estate.Source, seed: 5, smallFiles: 2500, largeBytes: 1024 * 1024);
        await UntilAgentKnowsAsync(estate, west.Url);
        var figures = new List<FailoverFigures>();

        for (var round = 1; round <= Failovers; round++)
        {
            var name = $"round-{round}";
            var runId = await estate.StartJobAsync(await estate.DefineJobAsync(name, targetSubpath: name));
            await estate.WaitForRunAsync(runId, RunMax, "Running");
            var probe = new LossProbe(estate, name);
            var writing = probe.WriteAsync();
            await west.UntilAsync(west.Data, status => IsNewer(status, DateTimeOffset.UtcNow), "copied");
            await Task.WhenAll(estate.KillServerAsync(), eastStore.KillAsync());
            var watch = Stopwatch.StartNew();
            await writing;
            var said = await west.RunAsync(west.Data, "region", "failover", "--unplanned", "eastus", "--yes", "--output", "json");
            var commanded = watch.Elapsed;
            estate.Url = west.Url;
            await UntilWritesAreTakenAsync(estate, $"{estate.GroupId}-{round}", watch);
            var served = watch.Elapsed;
            var loss = await probe.CompareAsync();
            var completeAt = JsonNode.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..])!["completeAt"]!.GetValue<DateTimeOffset>();
            var run = await estate.WaitForEndAsync(runId, RunMax);

            FirstMigrationTests.AssertSucceeded(run, estate);
            FirstMigrationTests.AssertCountersAddUp(run);
            await Witness.CompareAsync(estate.Source, estate.ContainerUrl, name);
            estate.ReadLedger(runId).AssertEveryItemOnce(run);
            AssertBegunOnce(estate, runId);
            Assert.True(served < TimeSpan.FromSeconds(60), $"The other region served after {served}.");
            Assert.All(loss.Lost, one => Assert.True(one.At > completeAt, $"{one.Name} was lost, acknowledged {one.At:O}, complete at {completeAt:O}."));

            eastStore.Start();
            estate.StartServer();
            await west.UntilAsync(estate.ServerData, status => IsNewer(status, DateTimeOffset.UtcNow), "a standby again");
            await AssertListedAsync(west, estate, loss);
            watch.Restart();
            await west.RunAsync(estate.ServerData, "region", "failback", "--yes");
            estate.Url = estate.ServerUrl;
            await west.UntilAsync(estate.ServerData, status => $"{status["duty"]}" == "Serving", "serving again");
            await UntilWritesAreTakenAsync(estate, $"{estate.GroupId}-{round}-back", watch);
            figures.Add(new(round, commanded, served, loss.Since(completeAt), loss.Window, loss.Written, loss.Lost.Count, watch.Elapsed));
            output.WriteLine($"{figures[^1]}");
            Assert.Equal("Succeeded", (await estate.GetAsync(runId))["properties"]!["status"]!.GetValue<string>());
            await west.UntilAsync(
                west.Data, status => $"{status["duty"]}" == "Standby" && IsNewer(status, DateTimeOffset.UtcNow), "the standby");
        }

        Tell(figures);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_run_that_ended_in_a_region_before_its_pair_heard_of_it_is_recorded_there_and_not_run_again()
    {
        await using var west = await StandbyRegion.PrepareAsync();
        await using var estate = await Estate.StartAsync(new() { ServerFlags = west.HomeFlags });
        west.Start(estate);
        Trees.Mixed(estate.Source, seed: 6, smallFiles: 40, largeBytes: 1024);
        var definition = await estate.DefineJobAsync("job");
        await UntilAgentKnowsAsync(estate, west.Url);
        await west.UntilAsync(west.Data, status => IsNewer(status, DateTimeOffset.UtcNow), "copied");
        await west.KillAsync();
        var lost = await estate.StartJobAsync(definition);
        var ended = await estate.WaitForEndAsync(lost, RunMax);

        await estate.KillServerAsync();
        west.Start(estate);
        await west.RunAsync(west.Data, "region", "failover", "--unplanned", "eastus", "--yes");
        estate.Url = west.Url;
        await UntilWritesAreTakenAsync(estate, $"{estate.GroupId}-since", Stopwatch.StartNew());
        var told = await UntilKnownAsync(estate, lost);
        var next = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);

        foreach (var name in (string[])["status", "itemsScanned", "itemsTransferred", "bytesTransferred", "executionEndTime"])
        {
            Assert.Equal($"{ended[name]}", $"{told["properties"]![name]}");
        }

        Assert.Equal("TakenOver", $"{told["properties"]!["warnings"]![0]!["code"]}");
        Assert.Equal(("Succeeded", "0"), ($"{next["status"]}", $"{next["itemsTransferred"]}"));
    }

    [OnDemandFact("MOVER_REGIONS", "MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_region_that_stands_still_is_read_from_its_copy_taken_over_and_steps_down_when_it_continues()
    {
        await using var west = await StandbyRegion.PrepareAsync();
        await using var estate = await Estate.StartAsync(new() { ServerFlags = west.HomeFlags });
        west.Start(estate);
        await west.UntilAsync(west.Data, status => IsNewer(status, DateTimeOffset.UtcNow), "copied");
        estate.Url = west.Url;
        var there = await GroupAsync(estate, estate.GroupId);

        await estate.PauseServerAsync();
        var watch = Stopwatch.StartNew();
        var read = await GroupAsync(estate, estate.GroupId);
        var readAfter = watch.Elapsed;
        var refused = await Assert.ThrowsAnyAsync<Xunit.Sdk.TrueException>(
            () => estate.PutAsync($"{estate.GroupId}-refused", new JsonObject { ["location"] = "eastus" }, GroupVersion));
        var refusedAfter = watch.Elapsed;
        await west.RunAsync(west.Data, "region", "failover", "--unplanned", "eastus", "--yes");
        await UntilWritesAreTakenAsync(estate, $"{estate.GroupId}-taken", watch);
        output.WriteLine($"read after {readAfter.TotalSeconds:F1} s, refused after {refusedAfter.TotalSeconds:F1} s, "
            + $"written after {watch.Elapsed.TotalSeconds:F1} s");
        await estate.ResumeServerAsync();
        var status = await west.UntilAsync(
            estate.ServerData, status => $"{status["duty"]}" == "Standby" && IsNewer(status, DateTimeOffset.UtcNow), "a standby");
        estate.Url = estate.ServerUrl;

        Assert.Equal($"{there}", $"{read}");
        Assert.Contains("RegionUnavailable", refused.Message, StringComparison.Ordinal);
        Assert.True(refusedAfter < SilenceMax, $"A read and a refused write took {refusedAfter}.");
        Assert.Equal("westus", $"{status["holder"]}");
        Assert.Equal("Succeeded", $"{(await GroupAsync(estate, $"{estate.GroupId}-taken"))["properties"]!["provisioningState"]}");
    }

    private static void AssertBegunOnce(Estate estate, string runId)
    {
        var begun = estate.Outputs.Split('\n').Count(line => line.Contains($"Run {runId.Split('/')[^1]} started in epoch", StringComparison.Ordinal));
        Assert.True(begun == 1, $"The run was begun {begun} times.\n{estate.Outputs}");
        Assert.DoesNotContain("no longer belongs to epoch", estate.Outputs, StringComparison.Ordinal);
    }

    // What was lost is listed where it was written.
    private static async Task AssertListedAsync(StandbyRegion west, Estate estate, Loss loss)
    {
        var listed = await west.RunAsync(estate.ServerData, "region", "diverged", "--output", "json");
        Assert.All(loss.Lost, one => Assert.Contains(one.Name, listed, StringComparison.Ordinal));
    }

    private void Tell(List<FailoverFigures> figures)
    {
        var told = FailoverFigures.Told(OwnStore.IsEtcd ? "etcd" : "SQLite", figures);
        output.WriteLine(told);
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } file)
        {
            File.AppendAllText(file, told);
        }
    }

    // With one of the agent's beats, every 10 s.
    private static async Task<JsonNode> UntilKnownAsync(Estate estate, string run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                return await estate.GetAsync(run);
            }
            catch (Xunit.Sdk.TrueException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(200, CancellationToken.None);
            }
        }
    }

    private static bool IsNewer(JsonNode status, DateTimeOffset than) => status["copy"]?["whole"]?.GetValue<bool>() == true
        && status["copy"]?["completeAt"] is { } at && at.GetValue<DateTimeOffset>() > than - TimeSpan.FromSeconds(3);

    private static Task<JsonNode> GroupAsync(Estate estate, string group) =>
        estate.SendAsync(HttpMethod.Get, group, apiVersion: GroupVersion);

    // It is told with a beat, every 10 s, and keeps it.
    private static async Task UntilAgentKnowsAsync(Estate estate, string url)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!Directory.EnumerateFiles(estate.AgentData, "*.json").Any(file => File.ReadAllText(file).Contains(url, StringComparison.Ordinal)))
        {
            Assert.False(limit.IsCancellationRequested, $"The agent was not told of {url}.\n{estate.Outputs}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task UntilWritesAreTakenAsync(Estate estate, string group, Stopwatch watch)
    {
        while (true)
        {
            try
            {
                await estate.PutAsync(group, new JsonObject { ["location"] = "eastus" }, GroupVersion);
                return;
            }
            catch (Exception refused) when (watch.Elapsed < TimeSpan.FromSeconds(60)
                && refused is HttpRequestException or Xunit.Sdk.TrueException)
            {
                await Task.Delay(50);
            }
        }
    }
}
