using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using Mover.Volumes.Local;
using Mover.Volumes.Tests.Local;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Empty blobs whose names end in a slash, as portals and S3 tools mark folders.</summary>
[Collection(AzuriteTests.Name)]
public sealed class SlashMarkerTests(AzuriteServer server) : IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(5000, "")]
    [InlineData(2, "deep/er")]
    public async Task They_are_folders_of_a_source_whatever_sorts_between_them_and_their_content(int pageItems, string folder)
    {
        var container = await server.MakeContainerAsync();
        foreach (var (name, content) in new[] { ("dir-1", "1"), ("dir-2", "2"), ("dir.txt", "3"), ("dir/", ""), ("dir/x", "4"), ("empty/", "") })
        {
            await server.PutForeignAsync(container, folder.Length > 0 ? $"{folder}/{name}" : name, content);
        }

        await using var source = server.Open(container, server.SharedKey(), folder, new() { PageItemsMax = pageItems });
        await using var target = new LocalVolume(new(_tree.RootPath) { IsTarget = true });
        using var bench = new BlobBench(source, target, CopyMode.Mirror);

        var plan = await bench.PlanAsync();
        var first = await bench.CopyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal(
            ["dir", "dir-1", "dir-2", "dir.txt", "dir/x", "empty"],
            (await LocalVolumeTests.AllAsync(target)).Select(entry => entry.Path.ToString()));
        Assert.Equal(2, plan.Count(action => action.Kind is PlannedActionKind.PutFolder));
        Assert.Equal((6, 0, 0), (first.Counters.ItemsTransferred, first.Counters.ItemsUnsupported, first.Counters.ItemsFailed));
        Assert.Equal((6, 0), (second.Counters.ItemsNoTransferNeeded, second.ItemsDeleted));
        Assert.Equal(EntryType.Folder, (await source.FindAsync(EntryPath.Of("empty"), default))?.Type);
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task One_with_content_is_unsupported_on_a_disk_and_says_why()
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "full/", "content");
        await server.PutForeignAsync(container, "other", "content");
        await using var source = server.Open(container, server.SharedKey());
        await using var target = new LocalVolume(new(_tree.RootPath) { IsTarget = true });
        using var bench = new BlobBench(source, target);

        var outcome = await bench.OutcomeOfAsync("full/");

        Assert.Equal(ItemResult.Unsupported, outcome.Result);
        Assert.Contains("ends with a slash", outcome.Details, StringComparison.Ordinal);
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mirror_from_a_container_without_markers_ends_clean_on_a_disk(bool hasFileInPlace)
    {
        var container = await server.MakeContainerAsync();
        foreach (var name in (string[])["d", "d-x", "in/deep/file", "in/file"])
        {
            await server.PutForeignAsync(container, name, "x");
        }

        Directory.CreateDirectory(Path.Combine(_tree.RootPath, "gone"));
        if (hasFileInPlace)
        {
            await File.WriteAllTextAsync(Path.Combine(_tree.RootPath, "in"), "a file");
        }

        await using var source = server.Open(container, server.SharedKey());
        await using var target = new LocalVolume(new(_tree.RootPath) { IsTarget = true });
        using var bench = new BlobBench(source, target, CopyMode.Mirror);

        var first = await bench.CopyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal((4, 0, 0), (first.Counters.ItemsTransferred, first.Counters.ItemsFailed, first.ItemsNotDeleted));
        Assert.Equal((hasFileInPlace ? 2 : 1, VerdictKind.Complete), (first.ItemsDeleted, TransferVerdict.Of(second).Kind));
        Assert.Equal((4, 0, 0), (second.Counters.ItemsNoTransferNeeded, second.ItemsDeleted, second.ItemsNotDeleted));
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData("d")]
    [InlineData("d/")]
    public async Task A_blob_with_content_that_is_marked_as_a_folder_is_unsupported_by_name(string name)
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, name, "content", ("x-ms-meta-hdi_isfolder", "true"));
        await server.PutForeignAsync(container, "d/in", "1");
        await using var source = server.Open(container, server.SharedKey());
        await using var target = new LocalVolume(new(_tree.RootPath) { IsTarget = true });
        using var bench = new BlobBench(source, target, CopyMode.Mirror);

        var outcome = await bench.OutcomeOfAsync(name);

        Assert.Equal((ItemResult.Unsupported, StatusCodes.ItemTypeUnsupported, 7), (outcome.Result, outcome.Code, outcome.SizeBytes));
        Assert.Contains("marked as a folder but has content", outcome.Details, StringComparison.Ordinal);
        Assert.Equal("1", await File.ReadAllTextAsync(Path.Combine(_tree.RootPath, "d/in")));
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData("d", true)]
    [InlineData("d/", true)]
    [InlineData("d", false)]
    [InlineData("d/", false)]
    public async Task A_blob_with_content_that_is_marked_as_a_folder_is_neither_replaced_nor_deleted(string name, bool hasFolder)
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, name, "content", ("x-ms-meta-hdi_isfolder", "true"));
        var source = new MemoryVolume().AddFile("keep", "1");
        _ = hasFolder ? source.AddFile("d/in", "1") : source;
        await using var target = server.Open(container, server.SharedKey());
        using var bench = new BlobBench(source, target, CopyMode.Mirror);

        var plan = await bench.PlanAsync();
        var summary = await bench.CopyAsync();

        Assert.Equal("7", (await server.HeadersOfAsync(container, name))["Content-Length"]);
        Assert.DoesNotContain(plan, action => action.Kind is PlannedActionKind.Delete);
        Assert.Equal(1, summary.Counters.ItemsFailed + summary.ItemsNotDeleted);
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5000)]
    public async Task A_marker_with_a_blob_of_its_name_hides_nothing(int pageItems)
    {
        var container = await server.MakeContainerAsync();
        await server.PutForeignAsync(container, "file", "content");
        await server.PutForeignAsync(container, "file-2", "more");
        await server.PutForeignAsync(container, "file/", "");
        await server.PutForeignAsync(container, "folder", "", ("x-ms-meta-hdi_isfolder", "true"), ("x-ms-meta-modtime", "5000000000"));
        await server.PutForeignAsync(container, "folder/", "");
        await using var source = server.Open(container, server.SharedKey(), options: new() { PageItemsMax = pageItems });

        var entries = await LocalVolumeTests.AllAsync(source);

        Assert.Equal(
            [("file", EntryType.File, 7), ("file-2", EntryType.File, 4), ("file/", EntryType.File, 0), ("folder", EntryType.Folder, 0)],
            entries.Select(entry => (entry.Path.ToString(), entry.Type, entry.SizeBytes)).Order());
        Assert.Equal(new UnixTime(5, 0), entries.Single(entry => entry.Type is EntryType.Folder).Modified);
    }

    [RequiresTheory("MOVER_AZURITE")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mirror_into_such_a_container_settles_and_deletes_what_the_source_does_not_have(bool preserves)
    {
        var container = await server.MakeContainerAsync();
        foreach (var name in (string[])["kept/", "gone/", "filled/", "filled/old"])
        {
            await server.PutForeignAsync(container, name, name.EndsWith('/') ? "" : "x");
        }

        await using var target = server.Open(container, server.SharedKey());
        using var bench = new BlobBench(new MemoryVolume().AddFolder("kept").AddFile("f", "1"), target, CopyMode.Mirror);
        bench.Options = bench.Options with { PreserveMetadata = preserves };

        var first = await bench.CopyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal((3, 0), (first.ItemsDeleted, first.ItemsNotDeleted));
        Assert.Equal((2, 0, 0), (second.Counters.ItemsNoTransferNeeded, second.Counters.ItemsTransferred, second.ItemsDeleted));
        Assert.Equal(["f", "kept"], (await LocalVolumeTests.AllAsync(target)).Select(entry => entry.Path.ToString()));
        Assert.Null(await target.FindAsync(EntryPath.Of("gone"), default));
    }
}
