using Mover.Core.Regions;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Status;

namespace Mover.Recovery.Tests.Plans;

/// <summary>Where a recovery goes when nobody names a region or a group.</summary>
public sealed class RegionChoiceTests
{
    [Theory]
    [InlineData("eastus", "westus")]
    [InlineData("West Europe", "northeurope")]
    [InlineData("westus3", "eastus")]
    [InlineData("brazilsouth", "brazilsoutheast")]
    public void A_region_goes_to_its_pair_or_to_the_only_other_one_of_its_geography(string from, string to) =>
        Assert.Equal(to, RegionChoice.Of(From(from), RegionCatalogue.Azure).Region);

    [Fact]
    public void A_region_without_a_pair_leaves_the_choice_among_its_geography()
    {
        var known = RegionCatalogue.Azure.With([new("plant1", "The Moon"), new("plant2", "The Moon"), new("plant3", "the moon")]);

        var choice = RegionChoice.Of(From("plant1"), known);

        Assert.Null(choice.Region);
        Assert.Equal(["plant2", "plant3"], choice.Candidates);
    }

    [Fact]
    public void An_own_region_is_paired_as_the_catalogue_says()
    {
        var known = RegionCatalogue.Azure.With(
            [new("plant1", "The Moon", PairedRegion: "plant3"), new("plant2", "The Moon"), new("plant3", "The Moon")]);

        Assert.Equal("plant3", RegionChoice.Of(From("plant1"), known).Region);
    }

    [Fact]
    public void An_unknown_region_goes_by_the_geography_of_its_snapshot_or_nowhere()
    {
        var known = RegionCatalogue.Azure.With([new("plant2", "The Moon")]);

        Assert.Equal("plant2", RegionChoice.Of(From("plant1", "The Moon"), known).Region);
        Assert.Empty(RegionChoice.Of(From("plant1"), known).Candidates);
        Assert.Empty(RegionChoice.Of(From("austriaeast"), known).Candidates);
    }

    [Fact]
    public void The_group_is_named_for_the_region_and_never_as_the_source()
    {
        var ending = new string('g', 83) + "-westus";

        Assert.Equal("filers-westus", RegionChoice.GroupFor("filers", "West US"));
        Assert.Equal(new string('g', 83) + "-westus", RegionChoice.GroupFor(new string('g', 90), "westus"));
        Assert.NotEqual(ending, RegionChoice.GroupFor(ending, "westus"));
        Assert.InRange(RegionChoice.GroupFor(ending, "westus").Length, 1, 90);
    }

    private static SnapshotSource From(string location, string? geography = null) =>
        new("https://east.example", "s", "g", null, location, geography);
}
