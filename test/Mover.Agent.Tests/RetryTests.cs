using System.Text.Json.Nodes;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Server.Tests;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

/// <summary>A run of just the items that failed in an earlier one, from the request to the agent's work.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task A_retry_moves_what_failed_and_looks_at_nothing_else()
    {
        await using var scene = await ChannelScene.StartAsync();
        var target = SceneOf(scene, "a.txt", "b.txt");
        using var agent = CreateAgent(scene, target);
        await agent.StartAsync();
        var first = await FailAsync(scene, target, "a.txt");
        File.WriteAllText(scene.Folder.At("export", "new.txt"), "new");

        var retry = await RetryAsync(scene, first);
        await scene.WaitForAsync(retry, "Succeeded");
        await agent.StopAsync();

        var properties = await scene.PropertiesAsync(retry);
        Assert.Equal(["a.txt", "b.txt"], target.Memory.Paths.Select(path => path.ToString()));
        Assert.Equal((1, 1), (properties["itemsScanned"]!.GetValue<long>(), properties["itemsTransferred"]!.GetValue<long>()));
        Assert.Equal(first.Split('/')[^1], NoteOf(properties, JobRetries.Code)?["target"]?.GetValue<string>());
        Assert.Equal(retry, (await scene.PropertiesAsync(scene.Server.Definition()))["latestJobRunResourceId"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_retry_whose_list_is_gone_fails_and_says_what_to_do()
    {
        await using var scene = await ChannelScene.StartAsync();
        var target = SceneOf(scene, "a.txt", "b.txt");
        using var agent = CreateAgent(scene, target);
        await agent.StartAsync();
        var first = await FailAsync(scene, target, "a.txt");
        File.Delete(scene.Folder.At("a1", "runs", first.Split('/')[^1], "transfer", "ledger.txt"));

        var retry = await RetryAsync(scene, first);
        await scene.WaitForAsync(retry, "Failed");
        await agent.StopAsync();

        var error = (await scene.PropertiesAsync(retry))["error"]!;
        Assert.Equal("AZSM1042", error["code"]!.GetValue<string>());
        Assert.Contains("does not exist. Nothing was copied. Start the job", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["b.txt"], target.Memory.Paths.Select(path => path.ToString()));
    }

    [Fact]
    public async Task An_item_that_is_gone_from_the_source_is_warned_of()
    {
        await using var scene = await ChannelScene.StartAsync();
        var target = SceneOf(scene, "a.txt", "b.txt");
        using var agent = CreateAgent(scene, target);
        await agent.StartAsync();
        var first = await FailAsync(scene, target, "a.txt");
        File.Delete(scene.Folder.At("export", "a.txt"));

        var retry = await RetryAsync(scene, first);
        await scene.WaitForAsync(retry, "Succeeded");
        await agent.StopAsync();

        Assert.StartsWith(
            "1 of the items", NoteOf(await scene.PropertiesAsync(retry), "ItemsGone")?["message"]?.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_of_a_mirrors_retry_is_additive_and_names_the_earlier_run_after_a_second_claim()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.Server.PutAsync(scene.Server.Definition(), Some.DefinitionBody.Replace("Additive", "Mirror", StringComparison.Ordinal));
        var first = await scene.ClaimAsync();
        await FinishAsync(scene, first, failed: 1);

        await RetryAsync(scene, first.RunId);
        var order = (await scene.AskAsync()).Order!;
        await scene.ProgressAsync(scene.Report(order, 1) with { Warnings = [new("Other", "said"), new(JobRetries.Code, "spoofed")] });
        var again = (await scene.AskAsync("two", reclaim: [order.RunId])).Order!;

        Assert.Equal((OrderCopyMode.Mirror, null), (first.CopyMode, first.RetryOf));
        Assert.All(
            [order, again], one => Assert.Equal((OrderCopyMode.Additive, first.RunId.Split('/')[^1]), (one.CopyMode, one.RetryOf)));
    }

    [Theory]
    [InlineData(AgentRunStatus.Canceled, 1, "JobRunNotComplete")]
    [InlineData(AgentRunStatus.Succeeded, 0, "JobRunHasNoFailures")]
    public async Task A_run_without_a_list_of_failures_is_not_tried_again(AgentRunStatus status, long failed, string code)
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await FinishAsync(scene, order, failed, status);

        var refused = await scene.Server.PostAsync(order.RunId + "/retryFailed");

        Assert.Equal(code, (await refused.JsonAsync())["error"]!["code"]!.GetValue<string>());
        Assert.Null((await scene.AskAsync()).Order);
    }

    [Fact]
    public async Task A_run_of_another_agent_is_not_tried_again()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await FinishAsync(scene, order, failed: 1);
        await scene.RegisterAsync("a2");
        await scene.Server.PutAsync(scene.Server.Definition(), Some.DefinitionBody.Replace("\"a1\"", "\"a2\"", StringComparison.Ordinal));

        var refused = await scene.Server.PostAsync(order.RunId + "/retryFailed");
        var unknown = await scene.Server.PostAsync(scene.Server.Definition() + "/jobRuns/none/retryFailed");

        Assert.Equal("JobRunOfOtherAgent", (await refused.JsonAsync())["error"]!["code"]!.GetValue<string>());
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    private static Task<ReportAnswer> FinishAsync(
        ChannelScene scene, WorkOrder order, long failed, AgentRunStatus status = AgentRunStatus.Succeeded) => scene.FinishAsync(
        scene.Report(order, 1, status) with { Counters = new(ItemsScanned: 2, ItemsTransferred: 2 - failed, ItemsFailed: failed) });

    private static FailingTarget SceneOf(ChannelScene scene, params string[] files)
    {
        Directory.CreateDirectory(scene.Folder.At("export"));
        foreach (var file in files)
        {
            File.WriteAllText(scene.Folder.At("export", file), file);
        }

        return new();
    }

    private static Microsoft.Extensions.Hosting.IHost CreateAgent(ChannelScene scene, FailingTarget target) => AgentApp.Create(
        new()
        {
            DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"],
            ReportInterval = TimeSpan.FromMilliseconds(200),
        },
        drivers: target);

    /// <summary>A run in which one file cannot be stored; it can afterwards.</summary>
    private static async Task<string> FailAsync(ChannelScene scene, FailingTarget target, string path)
    {
        target.Refused = path;
        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Succeeded");
        target.Refused = null;
        return run;
    }

    private static async Task<string> RetryAsync(ChannelScene scene, string run)
    {
        var answer = await scene.Server.PostAsync(run + "/retryFailed");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.JsonAsync())["jobRunResourceId"]!.GetValue<string>();
    }

    private static JsonNode? NoteOf(JsonNode properties, string code) =>
        properties["warnings"]?.AsArray().FirstOrDefault(note => note?["code"]?.GetValue<string>() == code);

    private sealed class FailingTarget : VolumeDrivers
    {
        public MemoryVolume Memory { get; } = new();

        public string? Refused { get; set; }

        protected override IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services) =>
            new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
        {
            ["AzureStorageBlobContainer"] = (_, _) => new(new OpenedVolume(
                new FaultVolume(Memory)
                {
                    Before = call => call.Operation == "Put" && call.Path.ToString() == Refused
                        ? new(VolumeFaultKind.Permission, "denied") : null,
                },
                null)),
        };
    }
}
