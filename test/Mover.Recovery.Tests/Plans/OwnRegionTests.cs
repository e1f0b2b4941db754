using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Assess;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Tests.Deploy;
using Mover.Recovery.Tests.Snapshots;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Plans;

/// <summary>An operator's own regions are known as the control plane lists them.</summary>
public sealed class OwnRegionTests
{
    private static readonly PrivateRegion[] Own = [new("Plant 1", "United States"), new("plant2", "The Moon")];

    [Fact]
    public async Task An_estate_is_recovered_in_a_region_that_only_the_destination_knows()
    {
        await using var scene = await RecoveryScene.StartAsync(ownInWest: Own);

        var plan = await scene.PlanAsync(options => options with { To = options.To with { Location = "plant1" } });
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, default);

        Assert.True(plan.IsReady(), string.Join(' ', plan.Problems.Select(problem => problem.Message)));
        var mover = await scene.WestClient.GetAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1"), default);
        Assert.Equal("plant1", mover["location"]!.ToString());
    }

    [Fact]
    public async Task The_fence_of_geographies_holds_for_them_and_unknown_regions_are_told()
    {
        await using var scene = await RecoveryScene.StartAsync(ownInWest: Own);

        var moon = await scene.PlanAsync(options => options with { To = options.To with { Location = "plant2" } });
        var nowhere = await scene.PlanAsync(options => options with { To = options.To with { Location = "plant3" } });
        var misspelt = await scene.PlanAsync(options => options with { LostRegion = "eestus" });

        Assert.Contains(moon.Problems, problem => problem is { Code: "OtherGeography", IsBlocking: true });
        Assert.Contains(nowhere.Problems, problem => problem is { Code: "RegionUnknown", IsBlocking: true });
        Assert.Contains(misspelt.Problems, problem => problem is { Code: "RegionUnknown", IsBlocking: true });
    }

    [Fact]
    public async Task Nothing_is_assessed_for_an_unknown_lost_region()
    {
        await using var scene = await RecoveryScene.StartAsync(ownInWest: Own);
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(await scene.PlanAsync(), default);
        var assessments = new AccountAssessments(scene.WestClient);

        var unknown = await Assert.ThrowsAsync<RecoveryException>(() => assessments.ReadAsync(scene.WestGroup, null, "plant3", default));
        var known = await assessments.ReadAsync(scene.WestGroup, null, "plant1", default);

        Assert.Equal("RegionUnknown", unknown.Code);
        Assert.False(Assert.Single(known).IsInLostRegion);
    }

    [Fact]
    public async Task A_snapshot_says_the_geography_of_an_own_region_and_of_no_other()
    {
        await using var own = await TestServer.StartAsync(options => options with { Regions = RegionCatalogue.Azure.With(Own), Region = "plant2" });
        await using var usual = await TestServer.StartAsync();
        await own.SendAsync(HttpMethod.Put, TestServer.Versioned(own.Group(), "2021-04-01"), """{"location":"plant2"}""");
        await own.CreateAsync(own.Mover(), """{"location":"plant2"}""");
        await usual.CreateMoverAsync();

        var snapshot = await EstateScene.TakeAsync(own);

        Assert.Equal(("plant2", "The Moon"), (snapshot.Manifest.Source.Location, snapshot.Manifest.Source.Geography));
        Assert.Null((await EstateScene.TakeAsync(usual)).Manifest.Source.Geography);
    }

    [Fact]
    public async Task A_snapshot_of_an_own_region_goes_to_its_geography_wherever_it_is_planned()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var snapshot = await scene.SnapshotAsync();
        var source = snapshot.Manifest.Source with { Location = "plant1" };

        var same = await MakeAsync(scene, snapshot, source with { Geography = "United States" });
        var other = await MakeAsync(scene, snapshot, source with { Geography = "The Moon" });
        var unsaid = await MakeAsync(scene, snapshot, source);

        Assert.DoesNotContain(same.Problems, problem => problem.Code == "OtherGeography");
        Assert.Contains(other.Problems, problem => problem.Code == "OtherGeography" && problem.Message.Contains("The Moon", StringComparison.Ordinal));
        Assert.Contains(unsaid.Problems, problem => problem.Code == "OtherGeography" && problem.Message.Contains("unknown geography", StringComparison.Ordinal));
    }

    private static async Task<RecoveryPlan> MakeAsync(RecoveryScene scene, Snapshot snapshot, SnapshotSource source) =>
        await new PlanMaker(scene.WestClient, RegionCatalogue.Azure, TimeProvider.System)
            .MakeAsync(snapshot with { Manifest = snapshot.Manifest with { Source = source } }, scene.Options, default);
}
