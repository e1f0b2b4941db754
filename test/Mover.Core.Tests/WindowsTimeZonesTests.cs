using Mover.Core.Resources;

namespace Mover.Core.Tests;

public sealed class WindowsTimeZonesTests
{
    [Theory]
    [InlineData("Etc/UTC", "UTC")]
    [InlineData("Europe/Berlin", "W. Europe Standard Time")]
    [InlineData("america/new_york", "Eastern Standard Time")]
    [InlineData("Asia/Kolkata", "India Standard Time")]
    [InlineData("Eastern Standard Time", "Eastern Standard Time")]
    [InlineData("Local", "UTC")]
    public void A_zone_has_a_windows_name(string id, string windows) => Assert.Equal(windows, WindowsTimeZones.NameOf(id));

    [Fact]
    public void Nearly_every_zone_of_this_host_has_a_windows_name_of_its_own()
    {
        var nameless = TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).Where(id => id.Contains('/', StringComparison.Ordinal))
            .Where(id => WindowsTimeZones.NameOf(id) == "UTC" && TimeZoneInfo.FindSystemTimeZoneById(id).BaseUtcOffset != TimeSpan.Zero);

        Assert.Equal(["Antarctica/Troll"], nameless.DefaultIfEmpty("Antarctica/Troll").ToArray());
    }
}
