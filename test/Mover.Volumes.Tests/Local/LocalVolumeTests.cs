using System.Text;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

public sealed class LocalSourceTests : SourceVolumeContract, IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    protected override Task<IVolume> MakeAsync(MemoryVolume content)
    {
        foreach (var path in content.Paths)
        {
            var entry = content.Find(path.ToString());
            if (entry.Type is EntryType.Folder)
            {
                _tree.AddFolder(path.Bytes.ToArray());
            }
            else
            {
                _tree.AddFile(path.Bytes.ToArray(), content.Content(path.ToString()), entry.Modified);
            }
        }

        return Task.FromResult<IVolume>(new LocalVolume(new LocalVolumeOptions(_tree.RootPath)));
    }

    protected override Task ChangeAsync(string path, byte[] content)
    {
        _tree.AddFile(Encoding.UTF8.GetBytes(path), content, new UnixTime(1, 0));
        return Task.CompletedTask;
    }
}

public sealed class LocalTargetTests : TargetVolumeContract, IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Blocks_that_somebody_else_writes_are_waited_for_and_then_refused_by_name()
    {
        await using var volume = await MakeAsync();
        var blockBytes = volume.Traits.BlockBytesMin;
        var source = new Entry { Path = EntryPath.Of("big"), Type = EntryType.File, SizeBytes = blockBytes };
        await using var first = await volume.OpenBlocksAsync(source, blockBytes, "Attempt1", default);
        var begun = TimeProvider.System.GetTimestamp();

        var refused = await Assert.ThrowsAsync<VolumeException>(
            async () => await volume.OpenBlocksAsync(source, blockBytes, "Attempt1", default));

        Assert.Contains("Could not open the blocks of big", refused.Message, StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromSeconds(1), "It was not waited for.");
    }

    protected override Task<ITargetVolume> MakeAsync() =>
        Task.FromResult<ITargetVolume>(new LocalVolume(new LocalVolumeOptions(_tree.RootPath) { IsTarget = true, FlushesFiles = true }));
}

public sealed class LocalVolumeTests : IDisposable
{
    private static readonly PutOptions Preserve = new(PreserveMetadata: true);
    private readonly FileTree _tree = new();

    [Fact]
    public async Task Hard_names_are_listed_byte_for_byte_and_their_files_read_whole()
    {
        _tree.AddHardThings();
        await using var volume = Open();

        var entries = await AllAsync(volume);

        Assert.Equal(entries.Select(e => e.Path).Order(), entries.Select(e => e.Path));
        foreach (var name in FileTree.HardNames)
        {
            var entry = entries.Single(e => e.Path.Bytes.SequenceEqual(name));
            var buffer = new byte[name.Length + 1];
            Assert.Equal(name.Length + 1, await volume.ReadWholeAsync(entry, buffer, default));
            Assert.Equal([.. name, (byte)'!'], buffer);
        }
    }

    [Fact]
    public async Task Types_times_modes_and_empty_folders_are_told()
    {
        _tree.AddHardThings();
        await using var volume = Open();

        var entries = (await AllAsync(volume)).ToDictionary(e => e.Path);

        Assert.Equal(EntryType.Fifo, entries[EntryPath.Of("special/pipe")].Type);
        Assert.Equal(EntryType.Socket, entries[EntryPath.Of("special/socket")].Type);
        Assert.Equal(0x9ED, entries[EntryPath.Of("modes/setuid")].Posix?.Mode);
        Assert.Equal(new UnixTime(-86_400, 999_999_999), entries[EntryPath.Of("times/before")].Modified);
        Assert.Equal(new UnixTime(1_700_000_000, 123_456_789), entries[EntryPath.Of("times/ns")].Modified);
        Assert.True(entries[EntryPath.Of("empty")].IsEmptyFolder);
        Assert.False(entries[EntryPath.Of("nested/empty")].IsEmptyFolder);
        Assert.Equal("../plain.txt", Encoding.UTF8.GetString(entries[EntryPath.Of("links/inside")].LinkTarget!.Value.Span));
    }

    [Theory]
    [InlineData("links/inside", null)]
    [InlineData("links/dangling", VolumeFaultKind.NotFound)]
    [InlineData("links/loop", VolumeFaultKind.Unsupported)]
    [InlineData("links/outside", VolumeFaultKind.Unsupported)]
    [InlineData("links/absolute", VolumeFaultKind.Unsupported)]
    [InlineData("links/folder", VolumeFaultKind.Unsupported)]
    public async Task Links_lead_to_files_inside_the_root_or_to_a_fault(string path, VolumeFaultKind? expected)
    {
        _tree.AddHardThings();
        await using var volume = Open();
        var link = await volume.FindAsync(EntryPath.Of(path), default);

        var (resolved, fault) = await volume.ResolveAsync(link!, default);

        Assert.Equal(expected, fault?.Kind);
        Assert.Equal(expected is null, resolved is not null);
        Assert.Equal(expected is null ? EntryPath.Of("plain.txt") : null, resolved?.ResolvedPath);
    }

    [Fact]
    public async Task A_link_to_a_file_reads_as_the_files_content()
    {
        _tree.AddFile("data/real", "content").AddLink("here", "also/real").AddLink("also", "data");
        await using var volume = Open();
        var (resolved, _) = await volume.ResolveAsync((await volume.FindAsync(EntryPath.Of("here"), default))!, default);

        var buffer = new byte[7];
        await volume.ReadWholeAsync(resolved!, buffer, default);

        Assert.Equal("content"u8.ToArray(), buffer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_path_leaves_the_root_and_no_link_is_followed_on_the_way(bool hasOpenat2)
    {
        _tree.AddFile("in/secret", "x").AddLink("to-etc", "/etc").AddLink("to-in", "in");
        using var root = new RootFolder(_tree.RootPath, hasOpenat2: hasOpenat2);

        foreach (var path in (string[])["../etc/passwd", "to-etc/passwd", "to-in/secret", "in/../../x", "to-in"])
        {
            Assert.Throws<VolumeException>(() => root.Open(EntryPath.Of(path), LinuxCalls.O_RDONLY, "open"));
        }

        using var allowed = root.Open(EntryPath.Of("in/secret"), LinuxCalls.O_RDONLY, "open");
        Assert.True(allowed.Number > 0);
    }

    [Fact]
    public async Task Paths_longer_than_the_kernel_takes_are_written_listed_read_and_deleted()
    {
        await using var volume = Open(isTarget: true);
        var path = EntryPath.Of(string.Join('/', Enumerable.Repeat(new string('d', 250), 40)) + "/file");
        var source = new Entry { Path = path, Type = EntryType.File, SizeBytes = 3, Modified = new(5, 6) };

        await volume.PutAsync(source, "abc"u8.ToArray(), Preserve, default);

        var entries = await AllAsync(volume);
        Assert.Equal(41, entries.Count);
        Assert.Equal(path, entries[^1].Path);
        Assert.Equal(3, await volume.ReadWholeAsync(entries[^1], new byte[3], default));
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            await volume.DeleteAsync(entries[i], default);
        }

        Assert.Empty(await AllAsync(volume));
    }

    [Fact]
    public async Task A_file_that_grows_between_listing_and_reading_is_changed()
    {
        _tree.AddFile("f", "1234");
        await using var volume = Open();
        var entry = Assert.Single(await AllAsync(volume));
        await File.AppendAllTextAsync(Path.Combine(_tree.RootPath, "f"), "5");

        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(entry, new byte[10], default));

        Assert.Equal(VolumeFaultKind.Changed, fault.Fault.Kind);
    }

    [Fact]
    public async Task A_pipe_in_a_files_place_does_not_hold_the_reader()
    {
        _tree.AddPipe("f");
        await using var volume = Open();
        var entry = new Entry { Path = EntryPath.Of("f"), Type = EntryType.File, SizeBytes = 4 };

        await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(entry, new byte[10], default));
    }

    [Fact]
    public async Task What_is_deleted_must_be_what_was_seen()
    {
        _tree.AddFile("f", "old");
        await using var volume = Open(isTarget: true);
        var seen = Assert.Single(await AllAsync(volume));
        _tree.AddFile("f", "newer");

        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.DeleteAsync(seen, default));

        Assert.Equal(VolumeFaultKind.Changed, fault.Fault.Kind);
        Assert.True(File.Exists(Path.Combine(_tree.RootPath, "f")));
    }

    [Fact]
    public async Task Left_over_files_of_dead_runs_are_not_listed_and_are_removed()
    {
        var left = Encoding.UTF8.GetString(TemporaryName.Fresh()).TrimEnd('\0');
        _tree.AddFile(left, "half").AddFile("f", "whole");
        await using var volume = Open(isTarget: true);

        var entries = await AllAsync(volume);

        Assert.Equal("f", Assert.Single(entries).Path.ToString());
        Assert.False(File.Exists(Path.Combine(_tree.RootPath, left)));
    }

    [Fact]
    public async Task Blocks_that_another_attempt_may_want_survive_a_scan_and_are_not_listed()
    {
        await using var volume = Open(isTarget: true);
        var source = new Entry { Path = EntryPath.Of("big"), Type = EntryType.File, SizeBytes = 10 };
        await (await volume.OpenBlocksAsync(source, 10, "Token", default)).DisposeAsync();

        Assert.Empty(await AllAsync(volume));
        Assert.Single(Directory.GetFiles(_tree.RootPath));
    }

    [Fact]
    public async Task A_block_that_was_damaged_is_not_found_again()
    {
        await using var volume = Open(isTarget: true);
        var source = new Entry { Path = EntryPath.Of("big"), Type = EntryType.File, SizeBytes = 10 };
        await using (var writer = await volume.OpenBlocksAsync(source, 10, "Token", default))
        {
            await writer.WriteAsync(0, new byte[10], Mover.Transfer.Digests.Crc64.Compute(new byte[10]), default);
        }

        await using (var damage = File.OpenWrite(Directory.GetFiles(_tree.RootPath).Single()))
        {
            damage.WriteByte(1);
        }

        await using var second = await volume.OpenBlocksAsync(source, 10, "Token", default);
        Assert.Empty(await second.FindWrittenAsync(default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await second.CommitAsync(2, Preserve, default));
    }

    [Fact]
    public async Task Links_are_stored_as_links_with_their_times()
    {
        await using var volume = Open(isTarget: true);
        var source = new Entry
        {
            Path = EntryPath.Of("sub/l"),
            Type = EntryType.Symlink,
            LinkTarget = "../elsewhere"u8.ToArray(),
            Modified = new(-5, 7),
            Posix = new(0x1FF, 3, 4),
        };

        await volume.PutLinkAsync(source, Preserve, default);
        await volume.PutLinkAsync(source, Preserve, default);

        var stored = await volume.FindAsync(source.Path, default);
        Assert.Equal("../elsewhere"u8.ToArray(), stored!.LinkTarget!.Value.ToArray());
        Assert.True(volume.HasSameMetadata(source, stored));
    }

    [Theory]
    [InlineData("inside", true)]
    [InlineData("a/b/", true)]
    [InlineData("/a//b", true)]
    [InlineData("out", false)]
    [InlineData("out/x", false)]
    [InlineData("up", false)]
    [InlineData("a/../..", false)]
    [InlineData("none", false)]
    public async Task A_root_below_a_mount_may_be_reached_through_links_that_stay_there_only(string below, bool isThere)
    {
        _tree.AddFile("mount/a/b/f", "1");
        Directory.CreateDirectory(Path.Combine(_tree.RootPath, "elsewhere", "x"));
        var mount = Path.Combine(_tree.RootPath, "mount");
        Directory.CreateSymbolicLink(Path.Combine(mount, "inside"), "a/b");
        Directory.CreateSymbolicLink(Path.Combine(mount, "out"), Path.Combine(_tree.RootPath, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(mount, "up"), "../elsewhere");
        var options = new LocalVolumeOptions(mount) { Below = below };

        var fault = await Record.ExceptionAsync(async () =>
        {
            await using var volume = new LocalVolume(options);
            Assert.Equal("f", Assert.Single(await AllAsync(volume)).Path.ToString());
        });

        Assert.Equal(isThere ? null : VolumeFaultKind.NotFound, (fault as VolumeException)?.Fault.Kind);
        Assert.Equal(isThere, fault is null);
    }

    [Theory]
    [InlineData(123_456_789, 123_456_789, true)]
    [InlineData(123_456_789, 123_456_700, true)]
    [InlineData(123_456_789, 123_456_600, false)]
    [InlineData(123_456_789, 123_456_800, false)]
    public async Task A_time_that_was_cut_to_what_shares_keep_is_the_same(int wanted, int kept, bool isSame)
    {
        await using var volume = Open(isTarget: true);
        Entry At(int nanoseconds) => new() { Path = EntryPath.Of("f"), Type = EntryType.File, Modified = new(1_700_000_000, nanoseconds) };

        Assert.Equal(isSame, volume.HasSameMetadata(At(wanted), At(kept)));
    }

    [Fact]
    public void A_missing_root_is_not_found()
    {
        var fault = Assert.Throws<VolumeException>(() => new LocalVolume(new LocalVolumeOptions(_tree.RootPath + "/none")));

        Assert.Equal(VolumeFaultKind.NotFound, fault.Fault.Kind);
    }

    public void Dispose() => _tree.Dispose();

    internal static async Task<List<Entry>> AllAsync(IVolume volume)
    {
        var all = new List<Entry>();
        await foreach (var batch in volume.ScanAsync(default))
        {
            all.AddRange(batch);
        }

        return all;
    }

    private LocalVolume Open(bool isTarget = false) => new(new LocalVolumeOptions(_tree.RootPath) { IsTarget = isTarget });
}
