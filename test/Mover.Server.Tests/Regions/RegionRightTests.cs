using System.Net;
using Mover.State;
using Mover.State.Tests.Etcd;
using Mover.Testing;
using static Mover.Server.Tests.Regions.WitnessScenes;

namespace Mover.Server.Tests.Regions;

/// <summary>A region serves while two of three agree: itself, and the witness or its pair.</summary>
[Trait("Suite", "Regions")]
public sealed class RegionRightTests
{
    [Fact]
    public async Task A_witness_that_is_lost_stops_nobody_and_gives_nobody_the_right_to_take_over()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        scene.East.IsWitnessCut = scene.West.IsWitnessCut = true;

        await KeepsWritingAsync(scene.East, 3 * Lease);
        await scene.West.UntilAsync(status => status["witness"]!["reachable"]!.GetValue<bool>() is false, "no witness");
        scene.East.IsWitnessCut = scene.West.IsWitnessCut = false;
        await scene.East.UntilAsync(status => $"{status["witness"]!["holder"]}" == "eastus", "the right at the witness again");

        Assert.Equal("Standby", $"{(await scene.West.StatusAsync())["duty"]}");
    }

    [Fact]
    public async Task A_region_that_only_its_pair_hears_continues_by_the_pairs_promise()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        scene.East.IsWitnessCut = true;

        await KeepsWritingAsync(scene.East, 3 * Lease);

        // The witness has nobody now, and the standby could take the right.
        await scene.West.UntilAsync(status => status["witness"]!["holder"] is null, "nobody at the witness");
        Assert.Equal(HttpStatusCode.Created, (await scene.East.PutGroupAsync("last")).StatusCode);
        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
    }

    [Fact]
    public async Task A_promise_keeps_a_standby_from_taking_over_although_it_hears_neither_its_pair_nor_of_its_right()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);

        // One way: 'westus' cannot ask, and is asked.
        scene.East.Link.Cut();
        scene.East.IsWitnessCut = true;
        var keeping = KeepsWritingAsync(scene.East, 4 * Lease);
        await scene.West.UntilAsync(
            status => $"{status["witness"]!["heldBack"]}".Contains("promised", StringComparison.Ordinal), "held back by its promise");
        var refused = await scene.West.FailoverAsync("eastus");
        await keeping;

        Assert.Equal("RegionPromised", await refused.ErrorCodeAsync());
        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
    }

    [Fact]
    public async Task A_write_that_was_under_way_when_its_region_lost_the_right_is_not_acknowledged()
    {
        await using var scene = new RegionScene().WithWitness(Lease);
        scene.East.CanStall = true;
        await scene.StartBothAsync();
        await UntilAskedAsync(scene.West);
        var stalled = new TaskCompletionSource();
        scene.East.Stalled = stalled.Task;
        var writing = scene.East.PutGroupAsync("late");
        scene.CutLink();
        scene.East.IsWitnessCut = true;

        await scene.West.UntilServingAsync();
        stalled.SetResult();

        var answer = await Record.ExceptionAsync(async () => Assert.False((await writing).IsSuccessStatusCode, "The write was acknowledged."));
        Assert.IsNotType<Xunit.Sdk.FalseException>(answer);
    }

    [Fact]
    public async Task A_right_that_lapses_at_the_witness_goes_back_to_the_region_that_serves()
    {
        await using var scene = await new RegionScene().WithWitness(2 * Lease).StartBothAsync();
        await UntilAskedAsync(scene.West);
        scene.CutLink();
        await scene.West.UntilAsync(status => status["pair"]!["reachable"]!.GetValue<bool>() is false, "a pair that is not heard");

        // Whoever looks first finds nobody: often enough for the standby to be the first.
        for (var time = 0; time < 8; time++)
        {
            await scene.LapseRightAsync();
            await UntilAskedAsync(scene.West);
        }

        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
        Assert.Equal(("Serving", 1), await DutyAsync(scene.East));
    }

    [OnDemandFact("MOVER_REGIONS")]
    public async Task A_region_that_only_the_witness_hears_continues_and_its_pair_may_not_take_over()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        scene.CutLink();
        await scene.West.UntilAsync(status => status["pair"]!["reachable"]!.GetValue<bool>() is false, "a pair that is not heard");

        await KeepsWritingAsync(scene.East, 3 * Lease);
        var refused = await scene.West.FailoverAsync("eastus");

        Assert.Equal("RegionHasRight", await refused.ErrorCodeAsync());
        Assert.Equal(("Standby", 1), await DutyAsync(scene.West));
    }

    [Fact]
    public async Task A_region_that_lost_both_its_pair_and_the_witness_serves_on_a_persons_word_alone()
    {
        await using var scene = await StartAsync();
        await UntilAskedAsync(scene.West);
        await scene.West.StopAsync();
        scene.East.IsWitnessCut = true;
        await scene.East.UntilAsync(status => status["witness"]!["mayServe"]!.GetValue<bool>() is false, "no right");

        var (mild, forced) = (await scene.East.FailoverAsync("westus"), await scene.East.FailoverAsync("westus", force: true));
        await scene.East.UntilServingAsync();
        var written = await scene.East.PutGroupAsync("g1");
        scene.East.IsWitnessCut = false;
        await scene.East.UntilAsync(status => status["witness"]!["lastEpoch"]!.GetValue<int>() == 3, "noted by the witness");
        await scene.West.StartAsync();
        await scene.West.UntilStandbyAsync();

        Assert.Equal("RegionIsServing", await mild.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.OK, forced.StatusCode);
        Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        Assert.Equal(("Serving", 3), await DutyAsync(scene.East));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_server_without_the_witness_stops_when_another_one_asks_it()
    {
        await using var east = await EtcdServer.StartQuickAsync();
        await using var scene = new RegionScene();
        var configure = scene.WithWitness(Lease).Configure;
        scene.Configure = options => options.InstanceName == "eastus2" ? options : configure(options);
        (scene.East.Etcd, scene.East2.Etcd) = (east, east);
        await scene.East2.StartAsync();
        var before = await scene.East2.PutGroupAsync("g1");
        await scene.East.StartAsync();
        await scene.East.UntilServingAsync();

        await UntilRefusedAsync(scene.East2, "WitnessNotAsked");
        var ready = await scene.East2.SendAsync("GET", "/readyz");
        var moved = await scene.East2.FailoverAsync("westus", force: true);
        await scene.East2.StopAsync();
        var again = await Assert.ThrowsAsync<StateException>(scene.East2.StartAsync);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable), (before.StatusCode, ready.StatusCode));
        Assert.Contains("--witness", again.Message, StringComparison.Ordinal);
        Assert.Equal("WitnessNotAsked", await moved.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.Created, (await scene.East.PutGroupAsync("g3")).StatusCode);
    }

    [Fact]
    public async Task A_start_that_waits_for_the_right_can_be_stopped()
    {
        await using var scene = new RegionScene().WithWitness(TimeSpan.FromMinutes(1));
        scene.East.IsWitnessCut = true;
        var waiting = new TaskCompletionSource<string>();
        using var leaving = new CancellationTokenSource();
        var starting = scene.East.StartAsync(what => waiting.TrySetResult(what), leaving.Token);
        var told = await waiting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.StartsWith("Waiting for the right to serve.", told, StringComparison.Ordinal);
    }
}
