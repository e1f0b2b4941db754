using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Testing;

/// <summary>What every volume that can be written must do. Derive once per driver; the tests come along.</summary>
public abstract class TargetVolumeContract
{
    private static readonly PutOptions Preserve = new(PreserveMetadata: true);

    /// <summary>Opens an empty place to write to.</summary>
    protected abstract Task<ITargetVolume> MakeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(50_000)]
    public async Task A_file_reads_back_as_it_was_put(int length)
    {
        await using var volume = await MakeAsync();
        var content = Bytes(length);
        var source = File("ü file.txt", length);

        await volume.PutAsync(source, content, Preserve with { ContentCrc64 = Crc64.Compute(content) }, default);

        await AssertContentAsync(volume, source.Path, content);
    }

    [Fact]
    public async Task Times_and_owners_are_the_sources_as_far_as_the_traits_say()
    {
        await using var volume = await MakeAsync();
        var source = File("f", 3);

        await volume.PutAsync(source, Bytes(3), Preserve, default);

        var target = await FindAsync(volume, source.Path);
        Assert.True(volume.HasSameMetadata(source, target));
        Assert.Equal(volume.Traits.ModifiedResolution is null, target.Modified is null);
    }

    [Fact]
    public async Task A_probe_of_writing_leaves_nothing_behind()
    {
        await using var volume = await MakeAsync();

        await volume.ProbeWriteAsync(default);
        await volume.ProbeWriteAsync(default);

        await foreach (var batch in volume.ScanAsync(default))
        {
            Assert.Empty(batch);
        }
    }

    [Fact]
    public async Task Putting_again_replaces()
    {
        await using var volume = await MakeAsync();

        await volume.PutAsync(File("f", 3), Bytes(3), Preserve, default);
        await volume.PutAsync(File("f", 7), Bytes(7), Preserve, default);

        await AssertContentAsync(volume, EntryPath.Of("f"), Bytes(7));
    }

    [Fact]
    public async Task A_wrong_digest_is_refused_and_nothing_appears()
    {
        await using var volume = await MakeAsync();

        var fault = await Assert.ThrowsAsync<VolumeException>(
            async () => await volume.PutAsync(File("f", 3), Bytes(3), Preserve with { ContentCrc64 = 1 }, default));

        Assert.Equal(VolumeFaultKind.Integrity, fault.Fault.Kind);
        Assert.Null(await volume.FindAsync(EntryPath.Of("f"), default));
    }

    [Fact]
    public async Task Blocks_appear_only_when_committed_and_then_whole()
    {
        await using var volume = await MakeAsync();
        var blockBytes = volume.Traits.BlockBytesMin;
        var content = Bytes((blockBytes * 2) + 100);
        var source = File("big", content.Length);

        await using var writer = await volume.OpenBlocksAsync(source, blockBytes, "Attempt1", default);
        foreach (var index in (int[])[2, 0, 1])
        {
            var block = content.AsMemory(index * blockBytes, Math.Min(blockBytes, content.Length - (index * blockBytes)));
            await writer.WriteAsync(index, block, Crc64.Compute(block.Span), default);
        }

        Assert.Null(await volume.FindAsync(source.Path, default));
        await writer.CommitAsync(3, Preserve with { ContentCrc64 = Crc64.Compute(content) }, default);
        await AssertContentAsync(volume, source.Path, content);
        Assert.True(volume.HasSameMetadata(source, await FindAsync(volume, source.Path)));
    }

    [Fact]
    public async Task Blocks_of_an_earlier_attempt_are_found_again()
    {
        await using var volume = await MakeAsync();
        var blockBytes = volume.Traits.BlockBytesMin;
        var content = Bytes(blockBytes * 2);
        var source = File("big", content.Length);
        await using (var first = await volume.OpenBlocksAsync(source, blockBytes, "Attempt1", default))
        {
            await first.WriteAsync(1, content.AsMemory(blockBytes), Crc64.Compute(content.AsSpan(blockBytes)), default);
        }

        await using var second = await volume.OpenBlocksAsync(source, blockBytes, "Attempt1", default);
        var found = await second.FindWrittenAsync(default);

        Assert.Contains(1, found);
        Assert.DoesNotContain(0, found);
        await second.WriteAsync(0, content.AsMemory(0, blockBytes), Crc64.Compute(content.AsSpan(0, blockBytes)), default);
        await second.CommitAsync(2, Preserve, default);
        await AssertContentAsync(volume, source.Path, content);
    }

    [Fact]
    public async Task Metadata_changes_alone_and_the_content_stays()
    {
        await using var volume = await MakeAsync();
        var old = File("f", 9);
        await volume.PutAsync(old, Bytes(9), Preserve, default);
        var changed = new Entry
        {
            Path = old.Path, Type = EntryType.File, SizeBytes = 9, Modified = new UnixTime(1_300_000_000, 0), Posix = new PosixAttributes(0x100, 7, 8),
        };

        await volume.SetMetadataAsync(changed, await FindAsync(volume, old.Path), Preserve, default);

        Assert.True(volume.HasSameMetadata(changed, await FindAsync(volume, old.Path)));
        await AssertContentAsync(volume, old.Path, Bytes(9));
    }

    [Fact]
    public async Task A_folder_is_seen_as_a_folder_and_may_be_put_twice()
    {
        await using var volume = await MakeAsync();
        var folder = new Entry
        {
            Path = EntryPath.Of("folder"), Type = EntryType.Folder, Modified = MemoryVolume.SomeTime, Posix = MemoryVolume.SomePosix,
        };

        await volume.PutFolderAsync(folder, Preserve, default);
        await volume.PutFolderAsync(folder, Preserve, default);

        Assert.Equal(EntryType.Folder, (await FindAsync(volume, folder.Path)).Type);
    }

    [Fact]
    public async Task Deleting_twice_is_not_an_error()
    {
        await using var volume = await MakeAsync();
        await volume.PutAsync(File("f", 3), Bytes(3), Preserve, default);
        var target = await FindAsync(volume, EntryPath.Of("f"));

        await volume.DeleteAsync(target, default);
        await volume.DeleteAsync(target, default);

        Assert.Null(await volume.FindAsync(target.Path, default));
    }

    [Fact]
    public async Task A_scan_shows_what_was_put()
    {
        await using var volume = await MakeAsync();
        await volume.PutFolderAsync(new Entry { Path = EntryPath.Of("a"), Type = EntryType.Folder }, Preserve, default);
        await volume.PutAsync(File("a/b", 3), Bytes(3), Preserve, default);
        await volume.PutAsync(File("a.txt", 3), Bytes(3), Preserve, default);

        var paths = new List<EntryPath>();
        await foreach (var batch in volume.ScanAsync(default))
        {
            paths.AddRange(batch.Select(e => e.Path));
        }

        Assert.Equal([EntryPath.Of("a"), EntryPath.Of("a.txt"), EntryPath.Of("a/b")], volume.Traits.ScansInPathOrder ? paths : paths.Order());
    }

    protected static Entry File(string path, long length) => new()
    {
        Path = EntryPath.Of(path),
        Type = EntryType.File,
        SizeBytes = length,
        Modified = MemoryVolume.SomeTime,
        Posix = MemoryVolume.SomePosix,
    };

    protected static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task<Entry> FindAsync(ITargetVolume volume, EntryPath path)
    {
        var found = await volume.FindAsync(path, default);
        Assert.NotNull(found);
        return found;
    }

    private static async Task AssertContentAsync(ITargetVolume volume, EntryPath path, byte[] content)
    {
        var entry = await FindAsync(volume, path);
        var buffer = new byte[content.Length + 1];
        var read = await volume.ReadWholeAsync(entry, buffer, default);
        Assert.Equal(content, buffer[..read]);
    }
}
