using System.Net;
using Mover.Testing;
using static Mover.Server.Tests.Regions.WitnessScenes;

namespace Mover.Server.Tests.Regions;

/// <summary>A third place decides which of two regions serves: none while nobody knows, and never two.</summary>
[Trait("Suite", "Regions")]
public sealed class RegionWitnessTests
{
    [Fact]
    public async Task A_lost_region_is_taken_over_by_itself_and_comes_back_as_the_standby()
    {
        await using var scene = await StartAsync();
        await scene.East.PutGroupAsync("g1");
        await UntilAskedAsync(scene.West);
        await scene.East.StopAsync();

        await scene.West.UntilServingAsync();
        var written = await scene.West.PutGroupAsync("g2");
        await scene.East.StartAsync();
        await scene.East.UntilStandbyAsync();

        Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await scene.West.GetGroupAsync("g1")).StatusCode);
        var status = await scene.West.StatusAsync();
        Assert.Equal(("westus", "witness", 2), ($"{status["holder"]}", $"{status["by"]}", status["epoch"]!.GetValue<int>()));
        Assert.Equal("westus", $"{status["witness"]!["holder"]}");
        Assert.Equal("westus", $"{(await scene.East.StatusAsync())["holder"]}");
    }

    [Fact]
    public async Task An_isolated_region_acknowledges_its_last_write_before_its_pair_begins()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        using var stop = new CancellationTokenSource();
        var (east, west) = (new Writer(scene.East, "e"), new Writer(scene.West, "w"));
        var writing = Task.WhenAll(east.WriteAsync(stop.Token), west.WriteAsync(stop.Token));
        await east.UntilAsync(3);

        scene.CutLink();
        scene.East.IsWitnessCut = true;
        await west.UntilAsync(3);
        var (read, refused) = (await scene.East.GetGroupAsync(east.Acknowledged[0].Name), await scene.East.PutGroupAsync("late"));
        var status = await scene.East.StatusAsync();
        scene.MendLink();
        scene.East.IsWitnessCut = false;
        await scene.East.UntilStandbyAsync();
        await stop.CancelAsync();
        await writing;

        Assert.True(
            east.Acknowledged[^1].At < west.Acknowledged[0].At,
            $"'eastus' acknowledged at {east.Acknowledged[^1].At:O}, after 'westus' at {west.Acknowledged[0].At:O}.");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.NotEmpty(read.Header("x-ms-mover-stale-as-of"));
        Assert.Equal("RegionIsolated", await refused.ErrorCodeAsync());
        Assert.False(status["witness"]!["mayServe"]!.GetValue<bool>());
        await AssertNoneIsLostSilentlyAsync(scene, [.. east.Acknowledged, .. west.Acknowledged]);
    }

    [Fact]
    public async Task A_stale_region_that_is_back_first_does_not_serve()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        await scene.East.StopAsync();
        await scene.West.UntilServingAsync();
        await scene.West.PutGroupAsync("newer");
        await scene.West.StopAsync();

        await scene.East.StartAsync();
        var refused = await scene.East.PutGroupAsync("stale");
        var told = $"{(await scene.East.StatusAsync())["witness"]!["lastServed"]}";
        await scene.West.StartAsync();
        await scene.West.UntilServingAsync();
        await scene.East.UntilStandbyAsync();

        Assert.Equal(("RegionIsolated", "westus"), (await refused.ErrorCodeAsync(), told));
        Assert.Equal(HttpStatusCode.OK, (await scene.East.GetGroupAsync("newer")).StatusCode);
    }

    [Fact]
    public async Task A_planned_move_takes_the_right_along_also_without_the_witness()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        var there = await scene.West.FailoverAsync();
        await scene.West.UntilServingAsync();
        await scene.West.UntilAsync(status => $"{status["witness"]!["lastServed"]}" == "westus", "noted by the witness");
        await scene.East.UntilStandbyAsync();
        scene.East.IsWitnessCut = scene.West.IsWitnessCut = true;

        var back = await scene.East.FailoverAsync();
        await scene.East.UntilServingAsync();
        await KeepsWritingAsync(scene.East, 2 * Lease);
        scene.East.IsWitnessCut = scene.West.IsWitnessCut = false;
        await scene.East.UntilAsync(status => $"{status["witness"]!["lastServed"]}" == "eastus", "noted by the witness");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (there.StatusCode, back.StatusCode));
        Assert.Equal(("Standby", 3), await DutyAsync(scene.West));
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_lost_region_can_be_taken_over_manually_after_its_right_expires()
    {
        await using var scene = new RegionScene().WithWitness(Lease, options => options with { IsFailoverAutomatic = false });
        await scene.StartBothAsync();
        await UntilAskedAsync(scene.West);
        await scene.East.StopAsync();

        await scene.West.UntilAsync(status => $"{status["witness"]!["heldBack"]}".Contains("No region serves", StringComparison.Ordinal), "held back");
        var taken = await scene.West.FailoverAsync("eastus");
        await scene.West.UntilServingAsync();

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_copy_that_is_too_old_is_not_served_without_a_person()
    {
        await using var scene = new RegionScene().WithWitness(Lease, options => options with { AutomaticAgeMax = TimeSpan.FromSeconds(1) });
        await scene.StartBothAsync();
        await UntilAskedAsync(scene.West);
        await scene.East.StopAsync();

        await scene.West.UntilAsync(status => $"{status["witness"]!["heldBack"]}".Contains("older than 1 s", StringComparison.Ordinal), "held back");

        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
        Assert.Equal(HttpStatusCode.OK, (await scene.West.FailoverAsync("eastus")).StatusCode);
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_copy_of_an_epoch_that_is_not_the_last_one_is_not_served_without_a_person()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        await scene.West.StopAsync();
        scene.East.IsWitnessCut = true;
        await scene.East.UntilAsync(status => status["witness"]!["mayServe"]!.GetValue<bool>() is false, "no right");
        await scene.East.FailoverAsync("westus", force: true);
        scene.East.IsWitnessCut = false;
        await scene.East.UntilAsync(status => status["witness"]!["lastEpoch"]!.GetValue<int>() == 3, "noted by the witness");
        await scene.East.StopAsync();
        await scene.West.StartAsync();
        await scene.West.UntilAsync(status => status["witness"]!["reachable"]!.GetValue<bool>() && status["witness"]!["holder"] is null, "nobody at the witness");

        await Task.Delay(Lease);
        var before = await DutyAsync(scene.West);
        var (refused, forced) = (await scene.West.FailoverAsync("eastus"), await scene.West.FailoverAsync("eastus", force: true));
        await scene.West.UntilServingAsync();

        Assert.Equal(("Standby", 1), before);
        Assert.Equal(("CopyOfOlderEpoch", HttpStatusCode.OK), (await refused.ErrorCodeAsync(), forced.StatusCode));
        Assert.Equal(("Serving", 4), await DutyAsync(scene.West));
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_standby_takes_nothing_over_from_a_region_that_asks_no_witness()
    {
        await using var scene = new RegionScene();
        var configure = scene.WithWitness(Lease).Configure;
        scene.Configure = options => options.Region == "eastus" ? options : configure(options);
        await scene.StartBothAsync();
        await scene.West.UntilStandbyAsync();
        await scene.East.StopAsync();
        await scene.West.UntilAsync(status => status["pair"]!["reachable"]!.GetValue<bool>() is false, "a pair that is not heard");

        await Task.Delay(2 * Lease);

        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
        Assert.False((await scene.West.StatusAsync())["witness"]!["asked"]!.GetValue<bool>());
    }

    // Each write is served, or told as one that only the lost side has.
    private static async Task AssertNoneIsLostSilentlyAsync(RegionScene scene, IReadOnlyList<Acknowledged> acknowledged)
    {
        var told = (await (await scene.East.SendAsync("GET", $"/subscriptions/{scene.East.Subscription}/region/diverged")).JsonAsync())["items"]!
            .AsArray().Select(item => $"{item!["document"]!["key"]}".Split('/')[^1]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, _) in acknowledged)
        {
            Assert.True(
                told.Contains(name) || (await scene.West.GetGroupAsync(name)).IsSuccessStatusCode, $"'{name}' is neither served nor told.");
        }
    }

    private sealed record Acknowledged(string Name, DateTime At);

    // Writes at one side's own servers, whatever they answer.
    private sealed class Writer(RegionScene.Side side, string prefix)
    {
        private readonly Lock _gate = new();
        private readonly List<Acknowledged> _acknowledged = [];

        public IReadOnlyList<Acknowledged> Acknowledged
        {
            get
            {
                lock (_gate)
                {
                    return [.. _acknowledged];
                }
            }
        }

        /// <summary>Counts what the region answers itself; what a standby passes on is the other's.</summary>
        public async Task WriteAsync(CancellationToken stop)
        {
            for (var number = 0; !stop.IsCancellationRequested; number++)
            {
                try
                {
                    var name = $"{prefix}-{number}";
                    var answer = await side.PutGroupAsync(name);
                    if (answer.IsSuccessStatusCode && !answer.Headers.Contains("x-ms-mover-region"))
                    {
                        lock (_gate)
                        {
                            _acknowledged.Add(new(name, DateTime.UtcNow));
                        }
                    }
                }
                catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
                {
                    // Nothing is known of it.
                }

                await Task.Delay(10, CancellationToken.None);
            }
        }

        public async Task UntilAsync(int count)
        {
            var begun = DateTime.UtcNow;
            while (Acknowledged.Count < count)
            {
                Assert.True(DateTime.UtcNow - begun < TimeSpan.FromSeconds(40), $"{side.Region} acknowledged {Acknowledged.Count} writes.");
                await Task.Delay(20);
            }
        }
    }
}
