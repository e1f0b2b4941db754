using Mover.Core.AgentProtocol;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

public sealed class VolumeOpenerTests
{
    [Theory]
    [InlineData("SmbMount", RunSide.Source, 1001, "--mount //filer/share=/local/path")]
    [InlineData("S3WithHMAC", RunSide.Source, 1001, "NfsMount or SmbMount")]
    [InlineData("AzureStorageSmbFileShare", RunSide.Target, 1026, "AzureStorageBlobContainer")]
    public async Task What_an_agent_cannot_open_fails_the_job_with_a_code_and_what_to_do(string type, RunSide side, int code, string advice)
    {
        var opened = await OpenAsync(new() { ResourceId = "", EndpointType = type, Host = "filer", ShareName = "share" }, side);

        Assert.Equal(code, opened.Fault?.Code.Number);
        Assert.Contains(advice, opened.Fault?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../etc")]
    [InlineData("a/../../b")]
    [InlineData(@"a\..\b")]
    public async Task A_subpath_that_leaves_the_endpoint_is_refused(string subpath)
    {
        var opened = await OpenAsync(
            new() { ResourceId = "", EndpointType = "NfsMount", Host = "filer", Export = "/data", Subpath = subpath },
            RunSide.Source);

        Assert.Equal(1004, opened.Fault?.Code.Number);
    }

    [Fact]
    public async Task A_mounted_export_is_opened_at_its_local_path_with_the_subpath()
    {
        MountedFolder? asked = null;
        var opener = new VolumeOpener(
            MountMap.Parse(["filer:/data=/mnt/data"]),
            (folder, _) =>
            {
                asked = folder;
                return new MemoryVolume();
            },
            new Dictionary<string, VolumeDriver>(),
            TimeProvider.System);

        await opener.OpenAsync(
            new(new() { ResourceId = "", EndpointType = "NfsMount", Host = "filer", Export = "/data", Subpath = "team/a" },
                RunSide.Source, "r", 1),
            CancellationToken.None);

        Assert.Equal(new("/mnt/data", "team/a"), asked);
    }

    [Fact]
    public async Task A_missing_container_fails_the_job_with_the_command_that_creates_it()
    {
        var opener = new VolumeOpener(
            MountMap.Parse([]),
            (_, _) => new MemoryVolume(),
            new Dictionary<string, VolumeDriver>
            {
                ["AzureStorageBlobContainer"] = (_, _) => throw new VolumeException(new(VolumeFaultKind.NotFound, "404 ContainerNotFound.")),
            },
            TimeProvider.System);
        const string Account = "/subscriptions/s/resourceGroups/estate/providers/Microsoft.Storage/storageAccounts/contosodata";

        var opened = await opener.OpenAsync(
            new(new() { ResourceId = "", EndpointType = "AzureStorageBlobContainer", StorageAccountResourceId = Account, BlobContainerName = "projects" },
                RunSide.Target, "r", 1),
            CancellationToken.None);

        Assert.EndsWith(
            "mover storage-account create-container -g estate -n contosodata --container-name projects --key-file FILE", opened.Fault?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VolumeFaultKind.NotFound, RunSide.Source, 1004)]
    [InlineData(VolumeFaultKind.Permission, RunSide.Source, 1003)]
    [InlineData(VolumeFaultKind.Transport, RunSide.Source, 1001)]
    [InlineData(VolumeFaultKind.NotFound, RunSide.Target, 1022)]
    [InlineData(VolumeFaultKind.Authentication, RunSide.Target, 1024)]
    [InlineData(VolumeFaultKind.Leased, RunSide.Target, 1027)]
    public async Task A_fault_of_opening_becomes_the_jobs_code(VolumeFaultKind kind, RunSide side, int code)
    {
        var opener = new VolumeOpener(
            MountMap.Parse([]),
            (_, _) => new MemoryVolume(),
            new Dictionary<string, VolumeDriver> { ["NfsMount"] = (_, _) => throw new VolumeException(new(kind, "It broke.")) },
            TimeProvider.System);

        var opened = await opener.OpenAsync(new(new() { ResourceId = "", EndpointType = "NfsMount" }, side, "r", 1),
            CancellationToken.None);

        Assert.Equal(code, opened.Fault?.Code.Number);
    }

    [Fact]
    public async Task A_fault_of_opening_that_passes_is_waited_out()
    {
        var tries = 0;
        var opener = new VolumeOpener(
            MountMap.Parse([]),
            (_, _) => new MemoryVolume(),
            new Dictionary<string, VolumeDriver>
            {
                ["NfsMount"] = (_, _) => ++tries < 2
                    ? throw new VolumeException(new(VolumeFaultKind.Transport, "It broke.", IsTransient: true))
                    : new(new OpenedVolume(new MemoryVolume(), null)),
            },
            TimeProvider.System);

        var opened = await opener.OpenAsync(new(new() { ResourceId = "", EndpointType = "NfsMount" }, RunSide.Source, "r", 1),
            CancellationToken.None);

        Assert.NotNull(opened.Volume);
    }

    private static async Task<OpenedVolume> OpenAsync(OrderEndpoint endpoint, RunSide side) =>
        await new VolumeOpener(MountMap.Parse([]), (_, _) => new MemoryVolume(), new Dictionary<string, VolumeDriver>(), TimeProvider.System)
            .OpenAsync(new(endpoint, side, "r", 1), CancellationToken.None);
}
