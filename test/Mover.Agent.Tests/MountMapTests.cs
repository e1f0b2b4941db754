using Mover.Core.AgentProtocol;

namespace Mover.Agent.Tests;

public sealed class MountMapTests
{
    [Theory]
    [InlineData("filer", "/data", "/mnt/data")]
    [InlineData("FILER", "data", "/mnt/data")]
    [InlineData("filer", "/data/", "/mnt/data")]
    [InlineData("filer", "/data/sub", "/mnt/data/sub")]
    [InlineData("filer", "/data/deep/er", "/srv/deep/er")]
    [InlineData("filer", "/database", null)]
    [InlineData("filer", "/data/../etc", null)]
    [InlineData("other", "/data", null)]
    public void An_export_is_found_where_the_host_has_mounted_it(string host, string export, string? local)
    {
        var map = MountMap.Parse(["filer:/data=/mnt/data", "filer:/data/deep=/srv/deep"]);

        var found = map.Find(new() { ResourceId = "", EndpointType = "NfsMount", Host = host, Export = export });

        Assert.Equal(local, found is null ? null : $"{found.Mount}/{found.Below}".TrimEnd('/'));
    }

    [Theory]
    [InlineData(@"\\Filer\Share=/mnt/s")]
    [InlineData("//filer/share=/mnt/s")]
    public void A_share_is_found_without_case(string setting)
    {
        var map = MountMap.Parse([setting]);

        var found = map.Find(new() { ResourceId = "", EndpointType = "SmbMount", Host = "FILER", ShareName = "SHARE" });

        Assert.Equal(new("/mnt/s", string.Empty), found);
    }

    [Theory]
    [InlineData("filer:/data")]
    [InlineData("filer=/mnt")]
    [InlineData("filer:/data=relative")]
    [InlineData("=/mnt")]
    [InlineData("//filer=/mnt")]
    public void A_setting_that_is_not_a_mount_is_refused_with_the_right_form(string setting) =>
        Assert.Contains(
            "host:/export=/local/path", Assert.Throws<FormatException>(() => MountMap.Parse([setting])).Message, StringComparison.Ordinal);
}
