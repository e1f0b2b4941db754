using System.Text.Json.Nodes;
using Mover.Core.AgentProtocol;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

public sealed class CopyLogTests
{
    [Fact]
    public async Task Items_that_failed_are_listed_once_however_often_they_are_sent()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        await SendAsync(scene, order, 0, 3);
        var doubled = await SendAsync(scene, order, 0, 3);
        var overlapping = await SendAsync(scene, order, 2, 3);

        Assert.Equal((3, 5), (doubled.NextIndex, overlapping.NextIndex));
        Assert.Equal(["item 0", "item 1", "item 2", "item 3", "item 4"], await PathsAsync(scene, order.RunId));
    }

    [Fact]
    public async Task A_gap_is_not_kept_and_the_answer_says_where_to_continue()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        var answer = await SendAsync(scene, order, 7, 2);

        Assert.Equal(0, answer.NextIndex);
        Assert.Empty(await PathsAsync(scene, order.RunId));
    }

    [Fact]
    public async Task A_long_log_comes_in_pages()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        for (var first = 0; first < 3000; first += 500)
        {
            await SendAsync(scene, order, first, 500);
        }

        var page = await (await scene.Server.GetAsync(order.RunId + "/copyLog")).JsonAsync();

        Assert.NotNull(page["nextLink"]);
        Assert.Equal(3000, (await PathsAsync(scene, order.RunId)).Count);
    }

    [Fact]
    public async Task Entries_of_an_older_claim_are_refused()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.AskAsync(instance: "two", reclaim: [order.RunId]);

        var answer = await scene.Channel.LogAsync(Batch(scene, order, 0, 1), CancellationToken.None);

        Assert.Equal("RunOwnedElsewhere", answer.Refusal?.Code);
    }

    private static async Task<CopyLogAnswer> SendAsync(ChannelScene scene, WorkOrder order, int first, int count) =>
        ChannelScene.Value(await scene.Channel.LogAsync(Batch(scene, order, first, count), CancellationToken.None));

    private static CopyLogBatch Batch(ChannelScene scene, WorkOrder order, int first, int count) => new(
        order.RunId,
        order.Epoch,
        "journal",
        first,
        [.. Enumerable.Range(first, count).Select(i =>
            new CopyLogEntry($"item {i}", "F", i, "Failed", "AZSM2063", new string('x', 100), scene.Clock.GetUtcNow()))]);

    private static async Task<List<string>> PathsAsync(ChannelScene scene, string run)
    {
        var paths = new List<string>();
        var next = TestServer.Versioned(run + "/copyLog");
        while (next is not null)
        {
            var page = await (await scene.Server.SendAsync(HttpMethod.Get, next)).JsonAsync();
            paths.AddRange(page["value"]!.AsArray().Select(e => e!["path"]!.GetValue<string>()));
            next = page["nextLink"]?.GetValue<string>();
        }

        return paths;
    }
}
