using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Testing;

/// <summary>What every volume that can be read must do. Derive once per driver; the tests come along.</summary>
public abstract class SourceVolumeContract
{
    /// <summary>Makes real storage that holds exactly what <paramref name="content"/> holds, and opens it.</summary>
    protected abstract Task<IVolume> MakeAsync(MemoryVolume content);

    /// <summary>Changes a file behind the volume's back: other bytes of the same length, another time.</summary>
    protected abstract Task ChangeAsync(string path, byte[] content);

    [Fact]
    public async Task A_scan_yields_every_entry_once_in_path_order()
    {
        var content = new MemoryVolume();
        content.AddFile("a/b", "1").AddFile("a.txt", "22").AddFile("a-b/c", "3").AddFile("z y/ü ' \".txt", "4").AddFile("a/b.d/e/f", "5");
        await using var volume = await MakeAsync(content);

        var paths = (await ScanAsync(volume)).Where(e => e.Type is EntryType.File).Select(e => e.Path).ToArray();

        Assert.Equal(content.Paths.Where(p => content.Find(p.ToString()).Type is EntryType.File), volume.Traits.ScansInPathOrder ? paths : paths.Order());
    }

    [Fact]
    public async Task What_lies_below_one_folder_is_scanned_alone_with_its_whole_paths()
    {
        var content = new MemoryVolume();
        content.AddFile("a/b c", "1").AddFile("a/d/e", "2").AddFile("a.txt", "3").AddFile("ab/f", "4").AddFile("z", "5");
        await using var volume = await MakeAsync(content);
        var paths = new List<string>();

        await foreach (var batch in volume.ScanBelowAsync(EntryPath.Of("a"), Scans.Usual(new(), TimeProvider.System), default))
        {
            paths.AddRange(batch.Where(e => e.Type is EntryType.File).Select(e => e.Path.ToString()));
        }

        Assert.Equal(["a/b c", "a/d/e"], paths);
    }

    [Fact]
    public async Task A_scan_tells_size_and_time_of_files()
    {
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("f", "12345", new UnixTime(1_400_000_000, 0)));

        var entry = Assert.Single(await ScanAsync(volume));

        Assert.Equal((5, new UnixTime(1_400_000_000, 0)), (entry.SizeBytes, entry.Modified));
    }

    [Fact]
    public async Task An_empty_root_yields_nothing()
    {
        await using var volume = await MakeAsync(new MemoryVolume());

        Assert.Empty(await ScanAsync(volume));
    }

    [Fact]
    public async Task A_missing_entry_is_found_as_none()
    {
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("there", "1"));

        Assert.Null(await volume.FindAsync(EntryPath.Of("not/there"), default));
        Assert.Null(await volume.FindAsync(EntryPath.Of("there/below"), default));
        Assert.NotNull(await volume.FindAsync(EntryPath.Of("there"), default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task A_whole_read_returns_all_bytes(int length)
    {
        var bytes = Bytes(length);
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("f", bytes));
        var entry = Assert.Single(await ScanAsync(volume));
        var buffer = new byte[length + 10];

        var read = await volume.ReadWholeAsync(entry, buffer, default);

        Assert.Equal(bytes, buffer[..read]);
    }

    [Fact]
    public async Task Ranges_can_be_read_at_once_and_end_with_zero()
    {
        var bytes = Bytes(300_000);
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("f", bytes));
        var entry = Assert.Single(await ScanAsync(volume));
        await using var reader = await volume.OpenAsync(entry, default);
        var parts = Enumerable.Range(0, 3).Select(_ => new byte[100_000]).ToArray();

        var lengths = await Task.WhenAll(parts.Select((part, i) => reader.ReadAsync(part, i * 100_000, default).AsTask()));

        Assert.All(lengths, length => Assert.Equal(100_000, length));
        Assert.Equal(bytes, parts.SelectMany(p => p));
        Assert.Equal(0, await reader.ReadAsync(parts[0], 300_000, default));
        await reader.CheckUnchangedAsync(default);
    }

    [Fact]
    public async Task A_file_that_is_not_the_listed_one_is_reported_as_changed()
    {
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("f", Bytes(1000)));
        var entry = Assert.Single(await ScanAsync(volume));
        await ChangeAsync("f", Bytes(1001));

        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(entry, new byte[2000], default));

        Assert.Equal(VolumeFaultKind.Changed, fault.Fault.Kind);
    }

    [Fact]
    public async Task A_file_that_vanished_is_not_found()
    {
        await using var volume = await MakeAsync(new MemoryVolume().AddFile("f", Bytes(1000)));
        var listed = Assert.Single(await ScanAsync(volume));
        var gone = new Entry { Path = EntryPath.Of("gone"), Type = EntryType.File, SizeBytes = 1000, Modified = listed.Modified };

        var fault = await Assert.ThrowsAsync<VolumeException>(async () => await volume.ReadWholeAsync(gone, new byte[2000], default));

        Assert.Equal(VolumeFaultKind.NotFound, fault.Fault.Kind);
    }

    protected static async Task<IReadOnlyList<Entry>> ScanAsync(IVolume volume)
    {
        var all = new List<Entry>();
        await foreach (var batch in volume.ScanAsync(default))
        {
            all.AddRange(batch);
        }

        return all;
    }

    protected static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
