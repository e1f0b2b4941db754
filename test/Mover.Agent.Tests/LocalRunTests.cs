using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Mover.Core.AgentProtocol;
using Mover.Server.Tests;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

/// <summary>An export that the host has mounted is read through its local path.</summary>
public sealed class LocalRunTests
{
    [Fact]
    public async Task A_mounted_export_is_migrated_from_its_local_path()
    {
        await using var scene = await ChannelScene.StartAsync();
        Directory.CreateDirectory(scene.Folder.At("export", "team", "empty"));
        File.WriteAllText(scene.Folder.At("export", "a.txt"), "a");
        File.WriteAllText(scene.Folder.At("export", "team", "b c'é.txt"), "bc");
        var target = new MemoryTarget();
        using var agent = AgentApp.Create(
            new() { DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"],
                ReportInterval = TimeSpan.FromMilliseconds(200) },
            drivers: target);
        await agent.StartAsync();

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        Assert.True(target.Memory.Has("a.txt"));
        Assert.Equal("bc"u8.ToArray(), target.Memory.Content("team/b c'é.txt"));
        Assert.Equal(3, (await scene.PropertiesAsync(run))["bytesTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_mirror_job_that_the_guard_has_stopped_is_stopped_again()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.Server.PutAsync(scene.Server.Definition(), Some.DefinitionBody.Replace("Additive", "Mirror", StringComparison.Ordinal));
        Directory.CreateDirectory(scene.Folder.At("export"));
        var target = new MemoryTarget();
        foreach (var number in Enumerable.Range(0, 150))
        {
            File.WriteAllText(scene.Folder.At("export", $"new{number}"), "1");
            target.Memory.AddFile($"old{number}", "1");
        }

        using var agent = AgentApp.Create(
            new() { DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"],
                ReportInterval = TimeSpan.FromMilliseconds(200) },
            drivers: target);
        await agent.StartAsync();

        await scene.WaitForAsync(await scene.StartJobAsync(), "Failed");
        await scene.WaitForAsync(await scene.StartJobAsync(), "Failed");
        await agent.StopAsync();

        Assert.Equal(300, target.Memory.Count);
    }

    [Fact]
    public async Task A_mirror_job_tells_how_much_it_deleted_and_its_ledger_is_where_the_agent_says()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.Server.PutAsync(scene.Server.Definition(), Some.DefinitionBody.Replace("Additive", "Mirror", StringComparison.Ordinal));
        Directory.CreateDirectory(scene.Folder.At("export"));
        File.WriteAllText(scene.Folder.At("export", "kept"), "1");
        var target = new MemoryTarget();
        target.Memory.AddFile("old1", "1").AddFile("old2", "1");
        using var agent = AgentApp.Create(
            new() { DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"],
                ReportInterval = TimeSpan.FromMilliseconds(200) },
            drivers: target);
        await agent.StartAsync();

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        var note = (await scene.PropertiesAsync(run))["warnings"]!.AsArray().Single();
        Assert.Equal("ItemsDeleted", note!["code"]!.GetValue<string>());
        Assert.StartsWith("2 items of the target were deleted", note["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(File.Exists(AgentFolder.LedgerOf(scene.Folder.At("a1"), run.Split('/')[^1])));
    }

    private sealed class MemoryTarget : VolumeDrivers
    {
        public MemoryVolume Memory { get; } = new();

        protected override IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services) =>
            new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
        {
            ["AzureStorageBlobContainer"] = (_, _) => new(new OpenedVolume(Memory, null)),
        };
    }
}
