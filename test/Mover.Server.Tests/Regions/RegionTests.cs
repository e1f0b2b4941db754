using System.Collections.Concurrent;
using System.Net;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>A region, its pair, and the service between them.</summary>
public sealed class RegionTests
{
    [Fact]
    public async Task A_standby_answers_everything_through_the_region_that_serves()
    {
        await using var scene = await RegionScene.StartAsync();

        var made = await scene.West.PutGroupAsync("g1");
        var read = await scene.East.GetGroupAsync("g1");
        var ready = await scene.West.SendAsync("GET", "/readyz");

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("eastus", made.Header("x-ms-mover-region"));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("standby of eastus", await ready.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task While_the_other_region_is_out_a_standby_reads_from_its_copy_says_so_and_refuses_writes()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        await scene.East.StopAsync();

        var read = await scene.West.GetGroupAsync("g1");
        var write = await scene.West.PutGroupAsync("g2");
        var planned = await scene.West.FailoverAsync();

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.True(DateTimeOffset.UtcNow - DateTimeOffset.Parse(read.Header("x-ms-mover-stale-as-of")) < TimeSpan.FromMinutes(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "RegionUnavailable"), (write.StatusCode, await write.ErrorCodeAsync()));
        Assert.Contains("eastus", await write.Content.ReadAsStringAsync());
        Assert.NotNull(write.Headers.RetryAfter);
        Assert.Equal("RegionUnreachable", await planned.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_lost_region_is_taken_over_and_comes_back_as_the_standby()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        await scene.East.StopAsync();

        var wrong = await scene.West.FailoverAsync("westus");
        var taken = await (await scene.West.FailoverAsync("eastus")).JsonAsync();
        await scene.West.UntilServingAsync();
        var written = await scene.West.PutGroupAsync("g2");
        await scene.East.StartAsync();
        await scene.East.UntilStandbyAsync();
        var through = await scene.East.PutGroupAsync("g3");
        var status = await scene.East.StatusAsync();

        Assert.Equal("RegionMismatch", await wrong.ErrorCodeAsync());
        Assert.Equal(2, taken["epoch"]!.GetValue<long>());
        Assert.NotNull(taken["completeAt"]);
        Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        Assert.Equal((HttpStatusCode.Created, "westus"), (through.StatusCode, through.Header("x-ms-mover-region")));
        Assert.Equal("westus", $"{status["holder"]}");
        await StopBothAsync(scene, scene.East);
        Assert.Equal(await scene.West.ShowStateAsync(), await scene.East.ShowStateAsync());
    }

    [Fact]
    public async Task A_lost_region_that_is_started_before_its_pair_takes_no_writes_until_it_hears_of_it()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        await scene.East.StopAsync();
        await scene.West.FailoverAsync("eastus");
        await scene.West.UntilServingAsync();
        await scene.West.StopAsync();

        await scene.East.StartAsync();
        var (ready, early) = (await scene.East.SendAsync("GET", "/readyz"), await scene.East.PutGroupAsync("g2"));
        await scene.West.StartAsync();
        await scene.East.UntilStandbyAsync();
        var through = await scene.East.PutGroupAsync("g3");

        Assert.Equal("RegionMoving", await early.ErrorCodeAsync());
        Assert.Contains("waiting for westus", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Created, "westus"), (through.StatusCode, through.Header("x-ms-mover-region")));
    }

    [Fact]
    public async Task A_region_whose_pair_stays_away_serves_after_it_has_waited_for_it()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.West.StopAsync();
        await scene.East.StopAsync();

        await scene.East.StartAsync();
        var begun = TimeProvider.System.GetTimestamp();
        var early = await scene.East.PutGroupAsync("g1");
        while (!(await scene.East.PutGroupAsync("g1")).IsSuccessStatusCode)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < 2 * RegionMembership.FirstWordMax, "It does not serve.");
            await Task.Delay(50);
        }

        Assert.Equal("RegionMoving", await early.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_planned_move_under_load_loses_nothing_and_goes_back_without_a_new_copy()
    {
        await using var scene = await RegionScene.StartAsync();
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<string>();
        var writing = Enumerable.Range(0, 3).Select(worker => WriteAsync([scene.East, scene.West], worker, acknowledged, stop.Token)).ToList();
        await Task.Delay(500);

        var there = await scene.East.FailoverAsync();
        Assert.True(there.IsSuccessStatusCode, await there.Content.ReadAsStringAsync());
        await scene.West.UntilServingAsync();
        await scene.East.UntilStandbyAsync();
        await Task.Delay(500);
        var back = await scene.West.FailoverAsync();
        Assert.True(back.IsSuccessStatusCode, await back.Content.ReadAsStringAsync());
        await scene.East.UntilServingAsync();
        await scene.West.UntilStandbyAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        Assert.Null((await there.JsonAsync())["completeAt"]);
        Assert.False(scene.East.HasLogged("Started copying the other region's state"));
        Assert.True(acknowledged.Count > 10, $"Only {acknowledged.Count} writes were acknowledged.");
        foreach (var name in acknowledged)
        {
            Assert.Equal(HttpStatusCode.OK, (await scene.East.GetGroupAsync(name)).StatusCode);
        }

        Assert.Empty((await scene.East.StatusAsync())["diverged"]!.AsArray());
        await StopBothAsync(scene, scene.West);
        Assert.Equal(await scene.East.ShowStateAsync(), await scene.West.ShowStateAsync());
    }

    [Fact]
    public async Task A_region_that_answers_is_taken_over_by_force_alone_and_is_fenced_first()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");

        var refused = await scene.West.FailoverAsync("eastus");
        var forced = await (await scene.West.FailoverAsync("eastus", force: true)).JsonAsync();
        await scene.West.UntilServingAsync();
        await scene.East.UntilStandbyAsync();

        Assert.Equal("RegionAnswers", await refused.ErrorCodeAsync());
        Assert.Contains("no longer accepts writes", $"{forced["steps"]}");
        Assert.Equal(HttpStatusCode.OK, (await scene.East.GetGroupAsync("g1")).StatusCode);
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_planned_move_whose_copy_does_not_catch_up_is_given_up_at_once_and_another_one_is_refused()
    {
        await using var scene = new RegionScene();
        scene.East.CanStall = scene.West.CanStall = true;
        await scene.StartBothAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        var (draining, copying) = (new TaskCompletionSource(), new TaskCompletionSource());
        scene.East.Stalled = draining.Task;
        var moving = scene.West.FailoverAsync();
        await scene.East.UntilAsync(status => $"{status["duty"]}" == "Draining", "draining");
        var second = await scene.West.FailoverAsync();
        scene.West.Blocked = copying.Task;
        draining.SetResult();

        var moved = await moving;
        copying.SetResult();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await scene.East.UntilServingAsync();
        var served = watch.Elapsed;
        var written = await scene.East.PutGroupAsync("g2");
        await scene.West.UntilAsync(status => status["copy"]?["ageSeconds"]?.GetValue<double>() < 3, "a copy of now");
        var again = await scene.West.FailoverAsync();
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await scene.West.UntilServingAsync();

        Assert.Equal("RegionMoveUnderWay", await second.ErrorCodeAsync());
        Assert.Equal("CopyNotCaughtUp", await moved.ErrorCodeAsync());
        Assert.True(served < TimeSpan.FromSeconds(15), $"It served again after {served}.");
        Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await scene.West.GetGroupAsync("g2")).StatusCode);
    }

    [Fact]
    public async Task A_planned_move_continues_when_its_caller_leaves()
    {
        await using var scene = new RegionScene();
        scene.East.CanStall = true;
        await scene.StartBothAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        var draining = new TaskCompletionSource();
        scene.East.Stalled = draining.Task;
        using var leaving = new CancellationTokenSource();
        var moving = scene.West.FailoverAsync(cancel: leaving.Token);
        await scene.East.UntilAsync(status => $"{status["duty"]}" == "Draining", "draining");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => moving);
        draining.SetResult();
        await scene.West.UntilServingAsync();

        Assert.Equal(HttpStatusCode.Created, (await scene.West.PutGroupAsync("g2")).StatusCode);
    }

    [Fact]
    public async Task Writes_that_did_not_reach_the_pair_stay_come_to_light_and_can_be_dropped()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g0");
        await scene.East.PutGroupAsync("g2");
        await scene.East.PutGroupAsync("g1");
        await UntilCopiedAsync(scene.West, "g1");
        await scene.West.StopAsync();
        await scene.East.PutGroupAsync("lost");
        await scene.East.SendAsync("PUT", scene.East.Group("g1"), """{"location":"eastus","tags":{"a":"b"}}""");
        await scene.East.DeleteGroupAsync("g0");
        await scene.East.StopAsync();
        await scene.West.StartAsync();
        await scene.West.FailoverAsync("eastus");
        await scene.West.UntilServingAsync();

        // What only the other region changed is no divergence.
        await scene.West.SendAsync("PUT", scene.West.Group("g2"), """{"location":"eastus","tags":{"c":"d"}}""");
        await scene.East.StartAsync();
        await scene.East.UntilStandbyAsync();

        var diverged = Assert.Single((await scene.East.StatusAsync())["diverged"]!.AsArray())!;
        Assert.Equal(1, diverged["epoch"]!.GetValue<long>());
        Assert.True(diverged["fromRevision"]!.GetValue<long>() > 0);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.East.GetGroupAsync("lost")).StatusCode);
        var items = (await (await scene.East.SendAsync("GET", $"/subscriptions/{scene.East.Subscription}/region/diverged")).JsonAsync())["items"]!.AsArray();
        Assert.Equal(
            ["DeletedHere g0", "Differs g1", "OnlyHere lost"],
            items.Select(item => $"{item!["document"]!["kind"]} {$"{item["document"]!["key"]}".Split('/')[^1]}").Order(StringComparer.Ordinal));
        var dropped = await scene.East.SendAsync("DELETE", $"/subscriptions/{scene.East.Subscription}/region/diverged/1");
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        Assert.Empty((await scene.East.StatusAsync())["diverged"]!.AsArray());
    }

    [Fact]
    public async Task A_region_that_hands_over_says_as_of_when_its_reads_are_true()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        var before = await scene.East.GetGroupAsync("g1");
        var pass = new RegionPass(KeyRing.Of(scene.KeyRing, scene.East.Folder), "westus", TimeProvider.System);

        var drained = await AskAsync(scene, pass, "drain", """{"epoch":1}""");
        var read = await scene.East.GetGroupAsync("g1");
        var refused = await scene.East.PutGroupAsync("g2");

        Assert.Equal(HttpStatusCode.OK, drained.StatusCode);
        Assert.False(before.Headers.Contains("x-ms-mover-stale-as-of"));
        Assert.Equal($"{(await drained.JsonAsync())["role"]!["since"]!.GetValue<DateTimeOffset>():O}", read.Header("x-ms-mover-stale-as-of"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task Regions_of_two_geographies_are_not_paired()
    {
        await using var scene = new RegionScene();
        scene.Configure = options => options with { Pair = options.Pair! with { Region = "westeurope" } };

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(scene.East.StartAsync);

        Assert.Contains("geography", refused.Message);
    }

    [Fact]
    public async Task Nobody_but_the_pair_is_given_the_state()
    {
        await using var scene = await RegionScene.StartAsync();

        var administrator = await scene.East.SendAsync("GET", "/region/word");
        var otherRing = await AskAsync(scene, new RegionPass(OtherRing(scene), "westus", TimeProvider.System));
        var otherRegion = await AskAsync(
            scene, new RegionPass(KeyRing.Of(scene.KeyRing, scene.East.Folder), "westeurope", TimeProvider.System));
        var neighbour = await AskAsync(
            scene, new RegionPass(KeyRing.Of(scene.KeyRing, scene.East.Folder), "centralus", TimeProvider.System));
        var pair = await AskAsync(scene, new RegionPass(KeyRing.Of(scene.KeyRing, scene.East.Folder), "westus", TimeProvider.System));

        Assert.Equal(HttpStatusCode.Unauthorized, administrator.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, otherRing.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, otherRegion.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, neighbour.StatusCode);
        Assert.Equal(HttpStatusCode.OK, pair.StatusCode);
    }

    private static KeyRing OtherRing(RegionScene scene)
    {
        var path = Path.Combine(scene.East.Folder, "other");
        File.WriteAllText(path, RingKeys.MakeLine());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return KeyRing.Of(path, scene.East.Folder);
    }

    private static async Task<HttpResponseMessage> AskAsync(RegionScene scene, RegionPass pass, string what = "word", string? json = null)
    {
        using var request = new HttpRequestMessage(json is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"{scene.East.Url}/region/{what}"));
        request.Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        request.Headers.Authorization = new(RegionPass.Scheme, await pass.MakeAsync(default));
        return await scene.East.Http.SendAsync(request);
    }

    // Through any server, wherever the service is; what is refused or cut off was not acknowledged.
    internal static async Task WriteAsync(
        RegionScene.Side[] servers, int worker, ConcurrentBag<string> acknowledged, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var name = $"w{worker}-{number}";
            try
            {
                var answer = await servers[number % servers.Length].PutGroupAsync(name);
                if (answer.IsSuccessStatusCode)
                {
                    acknowledged.Add(name);
                }
            }
            catch (HttpRequestException)
            {
                // The server was between two roles.
            }
        }
    }

    // Everything that was acknowledged before this call.
    internal static Task UntilCopiedAsync(RegionScene.Side side, string group)
    {
        var now = DateTimeOffset.UtcNow;
        return side.UntilAsync(status => status["copy"]?["completeAt"] is { } at && DateTimeOffset.Parse($"{at}") >= now, $"a copy with {group}");
    }

    private static async Task StopBothAsync(RegionScene scene, RegionScene.Side standby)
    {
        await UntilCopiedAsync(standby, "everything");
        await standby.StopAsync();
        await standby.Peer.StopAsync();
    }
}
