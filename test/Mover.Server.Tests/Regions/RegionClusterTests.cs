using System.Collections.Concurrent;
using System.Net;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>Two regions with two servers in each, over real etcd.</summary>
public sealed class RegionClusterTests
{
    [RequiresFact("MOVER_ETCD")]
    public async Task Moves_under_load_through_any_server_lose_nothing()
    {
        await using var east = await EtcdServer.StartQuickAsync();
        await using var west = await EtcdServer.StartQuickAsync();
        await using var scene = await RegionScene.StartAsync(east, west);
        RegionScene.Side[] all = [scene.East, scene.East2, scene.West, scene.West2];
        await Task.WhenAll(scene.West.UntilStandbyAsync(), scene.West2.UntilStandbyAsync());
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<string>();
        var writing = Enumerable.Range(0, 3).Select(worker => RegionTests.WriteAsync(all, worker, acknowledged, stop.Token)).ToList();
        await UntilMoreAsync(acknowledged);

        // The second server of each side is not the one that copies.
        var there = await scene.West2.FailoverAsync();
        Assert.True(there.IsSuccessStatusCode, await there.Content.ReadAsStringAsync());
        await Task.WhenAll(
            scene.West.UntilServingAsync(), scene.West2.UntilServingAsync(), scene.East.UntilStandbyAsync(), scene.East2.UntilStandbyAsync());
        await UntilMoreAsync(acknowledged);
        var back = await scene.East2.FailoverAsync();
        Assert.True(back.IsSuccessStatusCode, await back.Content.ReadAsStringAsync());
        await Task.WhenAll(
            scene.East.UntilServingAsync(), scene.East2.UntilServingAsync(), scene.West.UntilStandbyAsync(), scene.West2.UntilStandbyAsync());
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        foreach (var name in acknowledged)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.East2.GetGroupAsync(name)).StatusCode);
        }

        Assert.Empty((await scene.East.StatusAsync())["diverged"]!.AsArray());
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task The_copy_continues_without_the_server_that_keeps_it_and_a_lost_region_comes_back_with_all_its_servers()
    {
        await using var east = await EtcdServer.StartQuickAsync();
        await using var west = await EtcdServer.StartQuickAsync();
        await using var scene = await RegionScene.StartAsync(east, west);
        var first = await scene.East.PutGroupAsync("g1");
        await RegionTests.UntilCopiedAsync(scene.West2, "g1");
        await scene.West.StopAsync();
        var second = await scene.East2.PutGroupAsync("g2");
        await RegionTests.UntilCopiedAsync(scene.West2, "g2");
        await Task.WhenAll(scene.East.StopAsync(), scene.East2.StopAsync());

        var taken = await scene.West2.FailoverAsync("eastus");
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
        await scene.West2.UntilServingAsync();
        var written = await scene.West2.PutGroupAsync("g3");
        await scene.East2.StartAsync();
        await scene.East.StartAsync();
        await scene.West.StartAsync();
        await Task.WhenAll(scene.East.UntilStandbyAsync(), scene.East2.UntilStandbyAsync(), scene.West.UntilServingAsync());
        var through = await scene.East.PutGroupAsync("g4");

        Assert.All([first, second, written, through], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        foreach (var name in (string[])["g1", "g2", "g3", "g4"])
        {
            Assert.Equal((name, HttpStatusCode.OK), (name, (await scene.West.GetGroupAsync(name)).StatusCode));
        }
    }

    private static async Task UntilMoreAsync(ConcurrentBag<string> acknowledged)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var before = acknowledged.Count; acknowledged.Count < before + 20;)
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
