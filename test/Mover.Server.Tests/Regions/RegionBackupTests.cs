using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Server.Backups;
using Mover.Server.Keys;
using Mover.State;

namespace Mover.Server.Tests.Regions;

/// <summary>Backups of a region that took over: its state does not lie at the beginning of its store.</summary>
public sealed class RegionBackupTests
{
    [Fact]
    public async Task What_a_region_that_took_over_serves_is_copied_verified_and_served_alone_elsewhere()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await RegionTests.UntilCopiedAsync(scene.West, "g1");
        await scene.East.StopAsync();
        await scene.West.FailoverAsync("eastus");
        await scene.West.UntilServingAsync();
        await scene.West.PutGroupAsync("g2");
        var group = scene.West.Group("g2");
        await scene.West.StopAsync();
        using var folder = new TempFolder();
        var to = folder.At("copy");
        var from = new StatePlace(StateEngine.Sqlite, scene.West.Folder);

        var checkedState = await StateCheck.OfStoreAsync(from, TimeProvider.System, NullLoggerFactory.Instance, default);
        var copied = await StateMove.CopyAsync(
            from, new(StateEngine.Sqlite, to), overwritesUnfinished: false, TimeProvider.System, NullLoggerFactory.Instance, null, default);

        Assert.Empty(checkedState.Problems);
        Assert.True(copied.Sum.Entries > 10);
        await using var alone = await TestServer.StartAsync(options => options with { KeyRing = scene.KeyRing }, folder: to);
        Assert.Equal(HttpStatusCode.OK, (await alone.Http.GetAsync(group)).StatusCode);
    }
}
