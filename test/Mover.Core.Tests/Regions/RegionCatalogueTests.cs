using Mover.Core.Arm;
using Mover.Core.Regions;

namespace Mover.Core.Tests.Regions;

public sealed class RegionCatalogueTests
{
    // Azure documentation, "Region pairs": these pairs hold in one direction only.
    private static readonly string[] OneWay = ["brazilsouth", "brazilsoutheast", "westindia", "westus3"];

    [Fact]
    public void Every_pair_is_a_region_and_all_but_the_known_ones_are_mutual()
    {
        var catalogue = RegionCatalogue.Azure;

        var paired = catalogue.All.Where(region => region.PairedRegion is not null).ToList();
        var oneWay = paired.Where(region => catalogue.Find(region.PairedRegion)?.PairedRegion != region.Name).Select(region => region.Name);

        Assert.All(paired, region => Assert.NotNull(catalogue.Find(region.PairedRegion)));
        Assert.Equal(OneWay, oneWay.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_one_pair_of_azures_leaves_its_geography()
    {
        var catalogue = RegionCatalogue.Azure;

        var leaving = catalogue.All.Where(region => catalogue.Find(region.PairedRegion) is { } pair && pair.Geography != region.Geography);

        Assert.Equal(["brazilsouth"], leaving.Select(region => region.Name));
    }

    [Theory]
    [InlineData("eastus2")]
    [InlineData("East US 2")]
    [InlineData("EAST us 2 ")]
    public void A_region_is_found_by_either_name_whatever_its_case_and_blanks(string given) =>
        Assert.Equal("East US 2", RegionCatalogue.Azure.Find(given)?.DisplayName);

    [Theory]
    [InlineData("mars")]
    [InlineData("")]
    [InlineData(null)]
    public void Unknown_regions_are_not_found(string? given) => Assert.Null(RegionCatalogue.Azure.Find(given));

    [Fact]
    public void Added_regions_have_defaults_and_may_be_paired_with_each_other()
    {
        var catalogue = RegionCatalogue.Azure.With(
            [new("Oslo One", "Norway DC", PairedRegion: "bergen"), new("bergen", "Norway DC", "Bergen", Zones: 0, PairedRegion: "oslo one")]);

        Assert.Equal(new Region("osloone", "Oslo One", "Norway DC", "Norway DC", "Norway DC", 3, "bergen"), catalogue.Find("OsloOne"));
        Assert.Equal("osloone", catalogue.Find("bergen")?.PairedRegion);
        Assert.NotNull(catalogue.Find("eastus"));
    }

    [Theory]
    [InlineData("eastus", "United States", null, "already exists")]
    [InlineData("mine", null, null, "has no geography")]
    [InlineData("mi-ne", "Here", null, "letters and digits")]
    [InlineData("mine", "Here", "nowhere", "which does not exist")]
    [InlineData("mine", "Here", "eastus", "must be paired with another region of its geography")]
    public void An_added_region_that_cannot_be_is_refused_with_the_reason(string name, string? geography, string? pair, string reason)
    {
        var refused = Assert.Throws<ArgumentException>(() => RegionCatalogue.Azure.With([new(name, geography, PairedRegion: pair)]));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/subscriptions/s/resourceGroups/g", null, "mars", "LocationNotAvailableForResourceGroup")]
    [InlineData("/subscriptions/s/resourceGroups/g", "eastus", "westus", "InvalidResourceGroupLocation")]
    [InlineData("/subscriptions/s/resourceGroups/g", "eastus", "East US", null)]
    [InlineData("/subscriptions/s/resourceGroups/g/providers/N/t/n", null, "mars", "LocationNotAvailableForResourceType")]
    [InlineData("/subscriptions/s/resourceGroups/g/providers/N/t/n", null, "WEST us", null)]
    [InlineData("/subscriptions/s/resourceGroups/g/providers/N/t/n", "eastus", "westus", "InvalidResourceLocation")]
    [InlineData("/subscriptions/s/resourceGroups/g/providers/N/t/n/u/m", null, "mars", null)]
    public void A_location_is_judged_by_the_catalogue_and_by_where_the_resource_is(string id, string? before, string wanted, string? code)
    {
        Assert.True(ResourceId.TryParse(id, out var parsed));

        Assert.Equal(code, LocationRules.Check(RegionCatalogue.Azure, parsed, before, wanted)?.Code);
    }
}
