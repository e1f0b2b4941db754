using System.Globalization;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.Tests;

/// <summary>Each limit at its bound, on both sides of it, and with the code that it is refused with.</summary>
public sealed class ArmLimitsTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(Limits.TagsMax - 1, null)]
    [InlineData(Limits.TagsMax, null)]
    [InlineData(Limits.TagsMax + 1, "InvalidTags")]
    public void A_resource_has_fifty_tags(int count, string? code) =>
        Assert.Equal(code, Refused(Enumerable.Range(0, count).ToDictionary(at => "t" + at.ToString(CultureInfo.InvariantCulture), _ => "v")));

    [Theory]
    [InlineData(0, "InvalidTagName")]
    [InlineData(1, null)]
    [InlineData(Limits.TagKeyCharsMax - 1, null)]
    [InlineData(Limits.TagKeyCharsMax, null)]
    [InlineData(Limits.TagKeyCharsMax + 1, "InvalidTagName")]
    public void A_tags_name_has_one_to_512_characters(int chars, string? code) =>
        Assert.Equal(code, Refused(new Dictionary<string, string> { [new('n', chars)] = "v" }));

    [Theory]
    [InlineData(0, null)]
    [InlineData(Limits.TagValueCharsMax - 1, null)]
    [InlineData(Limits.TagValueCharsMax, null)]
    [InlineData(Limits.TagValueCharsMax + 1, "InvalidTagValueLength")]
    public void A_tags_value_has_up_to_256_characters(int chars, string? code) =>
        Assert.Equal(code, Refused(new Dictionary<string, string> { ["n"] = new('v', chars) }));

    [Theory]
    [InlineData("a<b", "InvalidTagNameCharacters")]
    [InlineData("a>b", "InvalidTagNameCharacters")]
    [InlineData("a%b", "InvalidTagNameCharacters")]
    [InlineData("a&b", "InvalidTagNameCharacters")]
    [InlineData("a\\b", "InvalidTagNameCharacters")]
    [InlineData("a?b", "InvalidTagNameCharacters")]
    [InlineData("a/b", "InvalidTagNameCharacters")]
    [InlineData("a\u0007b", "InvalidTagNameCharacters")]
    [InlineData("hidden-\u0007", "InvalidTagNameCharacters")]
    [InlineData("hidden-link:/subscriptions/s", null)]
    [InlineData("LINK:a/b", null)]
    [InlineData("a b.c:d;e\"f'g(h)#ä漢", null)]
    public void Some_characters_are_reserved_in_the_names_of_tags(string name, string? code) =>
        Assert.Equal(code, Refused(new Dictionary<string, string> { [name] = "v<>%&\\?/" }));

    [Fact]
    public void Every_wrong_tag_is_reported()
    {
        var problems = new Problems();

        Tracked.Tags(problems, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["a/b"] = "v", ["n"] = new('v', 257), ["same"] = "1", ["SAME"] = "2",
        });

        Assert.Equal(
            ["InvalidTagNameCharacters", "InvalidTagValueLength", "InvalidRequestPropertyValue"],
            problems.Refusal?.Details?.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData(Limits.GroupNameCharsMax - 1, null)]
    [InlineData(Limits.GroupNameCharsMax, null)]
    [InlineData(Limits.GroupNameCharsMax + 1, "InvalidResourceGroup")]
    public void A_resource_groups_name_has_up_to_90_characters(int chars, string? code) =>
        Assert.Equal(code, ResourceNames.Check(ResourceId.OfGroup("s", new('g', chars)))?.Code);

    [Theory]
    [InlineData("g", true)]
    [InlineData("-._()1", true)]
    [InlineData("straße-資源", true)]
    [InlineData(".g", true)]
    [InlineData("g.", false)]
    [InlineData("g h", false)]
    [InlineData("g'", false)]
    [InlineData("g%", false)]
    [InlineData("g\u200d", false)]
    public void A_resource_groups_name_has_letters_digits_and_five_marks_and_ends_in_no_period(string name, bool holds) =>
        Assert.Equal(holds ? null : "InvalidResourceGroup", ResourceNames.Check(ResourceId.OfGroup("s", name))?.Code);

    [Theory]
    [InlineData("storageMovers/m/endpoints/", 64)]
    [InlineData("storageMovers/m/projects/", 64)]
    [InlineData("storageMovers/m/projects/p/jobDefinitions/", 64)]
    [InlineData("storageMovers/", 64)]
    [InlineData("storageMovers/m/agents/", 54)]
    [InlineData("storageMovers/m/connections/", 21)]
    public void A_resources_name_has_as_many_characters_as_its_pattern_says(string typeAndParents, int charsMax)
    {
        var before = "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/" + typeAndParents;

        Assert.Null(Refused(before + new string('n', charsMax - 1)));
        Assert.Null(Refused(before + new string('n', charsMax)));
        Assert.Equal("InvalidResourceName", Refused(before + new string('n', charsMax + 1)));
    }

    [Theory]
    [InlineData(Limits.DescriptionCharsMax - 1, null)]
    [InlineData(Limits.DescriptionCharsMax, null)]
    [InlineData(Limits.DescriptionCharsMax + 1, "InvalidRequestPropertyValue")]
    public void A_description_has_up_to_1024_characters(int chars, string? code)
    {
        var id = ResourceId.OfGroup("s", "g").Provider("Microsoft.StorageMover/storageMovers", "m").Child("projects", "p");

        var decided = ProjectRules.Put(id, new() { Properties = new() { Description = new('d', chars) } });

        Assert.Equal(code, decided.Refusal?.Code);
    }

    [Theory]
    [InlineData(null, "LocationRequired")]
    [InlineData("", "LocationRequired")]
    [InlineData("  ", "LocationRequired")]
    [InlineData("East US", null)]
    public void A_tracked_resource_is_somewhere(string? location, string? code)
    {
        var problems = new Problems();

        Tracked.Location(problems, null, location);

        Assert.Equal(code, problems.Refusal?.Code);
    }

    private static string? Refused(Dictionary<string, string> tags)
    {
        var problems = new Problems();
        Tracked.Tags(problems, tags);
        return problems.Refusal?.Code;
    }

    private static string? Refused(string id) => ResourceId.TryParse(id, out var parsed) ? ResourceNames.Check(parsed)?.Code : "not an id";
}
