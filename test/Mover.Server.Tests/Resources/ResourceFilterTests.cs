using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.Server.Resources;

namespace Mover.Server.Tests.Resources;

public sealed class ResourceFilterTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("resourceType eq 'microsoft.storagemover/STORAGEMOVERS'", true)]
    [InlineData("resourceType eq 'Microsoft.Storage/storageAccounts'", false)]
    [InlineData("name eq 'M1' and location eq 'East US'", true)]
    [InlineData("name ne 'm1'", false)]
    [InlineData("resourceGroup eq 'g' or name eq 'other'", true)]
    [InlineData("not (name eq 'm1')", false)]
    [InlineData("substringof('1', name)", true)]
    [InlineData("startswith(name, 'x')", false)]
    [InlineData("tagname eq 'Env' and tagvalue eq 'prod'", true)]
    [InlineData("tagName eq 'env' and tagValue eq 'Ann''s'", false)]
    [InlineData("tagName eq 'owner' and tagValue eq 'Ann''s'", true)]
    [InlineData("tagName eq 'missing'", false)]
    [InlineData("startswith(tagName, 'en')", true)]
    [InlineData("identity/principalId eq 'p'", true)]
    [InlineData("  NAME   EQ  'm1'  ", true)]
    public void A_filter_lets_through_what_it_says(string filter, bool passes)
    {
        Assert.True(ResourceId.TryParse("/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m1", out var id));
        var identity = JsonDocument.Parse("""{"principalId":"p"}""").RootElement;
        var resource = new ListedResource(null, null, identity, null, "eastus", new() { ["env"] = "prod", ["owner"] = "Ann's" }, null);

        Assert.Equal(passes, ResourceFilterParser.Parse(filter).Value.Matches(id, resource));
    }

    [Theory]
    [InlineData("colour eq 'red'", "one of name")]
    [InlineData("name gt 'a'", "'eq' or 'ne' is expected at character 6")]
    [InlineData("name eq 'a", "a closing quote")]
    [InlineData("name eq a", "''' is expected at character 9")]
    [InlineData("name eq 'a' name eq 'b'", "'and' or 'or' is expected at character 13")]
    [InlineData("(name eq 'a'", "')' is expected")]
    [InlineData("substringof(name, 'a')", "''' is expected")]
    public void A_filter_that_is_wrong_is_refused_with_the_place(string filter, string reason)
    {
        var refusal = ResourceFilterParser.Parse(filter).Refusal;

        Assert.Equal("InvalidFilterInQueryString", refusal?.Code);
        Assert.Contains(reason, refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_and_long_filters_are_refused()
    {
        Assert.NotNull(ResourceFilterParser.Parse(new string('(', 100) + "name eq 'a'" + new string(')', 100)).Refusal);
        Assert.NotNull(ResourceFilterParser.Parse($"name eq '{new string('a', ResourceFilterParser.CharsMax)}'").Refusal);
    }
}
