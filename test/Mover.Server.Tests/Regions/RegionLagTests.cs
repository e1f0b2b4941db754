using System.Diagnostics;
using System.Net;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>A bound on what the loss of a region may lose: answers to writes wait for the copy.</summary>
public sealed class RegionLagTests
{
    [Fact]
    public async Task With_no_lag_allowed_the_loss_of_a_region_loses_no_acknowledged_write()
    {
        await using var scene = await StartAsync(TimeSpan.Zero);
        using var stop = new CancellationTokenSource();
        var (acknowledged, gate) = (new List<string>(), new Lock());
        var writing = Task.WhenAll(Enumerable.Range(0, 3).Select(writer => WriteAsync(writer)));
        while (Count() < 60)
        {
            await Task.Delay(10);
        }

        // It goes on for a while alone.
        scene.CutLink();
        await Task.Delay(300);
        await scene.East.StopAsync();
        await stop.CancelAsync();
        await writing;
        scene.MendLink();
        await scene.West.FailoverAsync("eastus");
        await scene.West.UntilServingAsync();

        foreach (var name in acknowledged)
        {
            Assert.True((await scene.West.GetGroupAsync(name)).IsSuccessStatusCode, $"'{name}' was acknowledged and is lost.");
        }

        int Count()
        {
            lock (gate)
            {
                return acknowledged.Count;
            }
        }

        async Task WriteAsync(int writer)
        {
            for (var number = 0; !stop.IsCancellationRequested; number++)
            {
                try
                {
                    if ((await scene.East.PutGroupAsync($"g-{writer}-{number}")).IsSuccessStatusCode)
                    {
                        lock (gate)
                        {
                            acknowledged.Add($"g-{writer}-{number}");
                        }
                    }
                }
                catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or ObjectDisposedException or NullReferenceException)
                {
                    // Nothing is known of it.
                    await Task.Delay(10, CancellationToken.None);
                }
            }
        }
    }

    [Fact]
    public async Task Without_its_pair_a_region_that_may_lag_by_nothing_acknowledges_no_write_and_answers_reads()
    {
        await using var scene = await StartAsync(TimeSpan.Zero);
        await scene.East.PutGroupAsync("g1");
        scene.CutLink();

        await Assert.ThrowsAsync<HttpRequestException>(() => scene.East.PutGroupAsync("g2"));
        await scene.East.UntilAsync(
            status => DateTimeOffset.UtcNow - DateTimeOffset.Parse($"{status["confirmed"]!["completeAt"]}") > TimeSpan.FromSeconds(11), "a copy of long ago");
        var (refused, read) = (await scene.East.PutGroupAsync("g3"), await scene.East.GetGroupAsync("g1"));
        scene.MendLink();
        await scene.West.UntilStandbyAsync();
        await scene.East.UntilAsync(
            status => DateTimeOffset.UtcNow - DateTimeOffset.Parse($"{status["confirmed"]!["completeAt"]}") < TimeSpan.FromSeconds(5), "a copy of now");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "CopyBehind"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.East.GetGroupAsync("g3")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await scene.East.PutGroupAsync("g4")).StatusCode);
    }

    [Fact]
    public async Task A_lag_that_is_allowed_is_the_most_that_an_isolated_region_acknowledges_alone()
    {
        var allowed = TimeSpan.FromSeconds(3);
        await using var scene = await StartAsync(allowed);
        await scene.East.PutGroupAsync("g1");
        var cut = Stopwatch.StartNew();
        scene.CutLink();

        var last = TimeSpan.Zero;
        try
        {
            for (var number = 0; cut.Elapsed < TimeSpan.FromSeconds(30); number++)
            {
                await scene.East.PutGroupAsync($"alone-{number}");
                last = cut.Elapsed;
            }

            Assert.Fail("The region acknowledged writes for 30 s alone.");
        }
        catch (HttpRequestException)
        {
            // What it did not acknowledge.
        }

        Assert.InRange(last, TimeSpan.FromMilliseconds(1), allowed + TimeSpan.FromMilliseconds(500));
    }

    private static async Task<RegionScene> StartAsync(TimeSpan lag)
    {
        var scene = new RegionScene { Configure = options => options with { MaxLag = lag } };
        await scene.StartBothAsync();
        await scene.West.UntilStandbyAsync();
        return scene;
    }
}
