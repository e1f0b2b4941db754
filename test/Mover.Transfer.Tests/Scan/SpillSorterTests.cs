using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Tests.Scan;

public sealed class SpillSorterTests : IDisposable
{
    private readonly TemporaryFolder _spill = new();

    [Theory]
    [InlineData(1_000, 8 << 20)]
    [InlineData(1_000, 4_000)]
    [InlineData(20_000, 10_000)]
    public void Records_come_back_sorted_and_equal_keys_in_the_order_they_came(int count, long memoryBytes)
    {
        using var sorter = new SpillSorter<Entry>(EntryCodec.Instance, new SpillOptions(_spill.Path, memoryBytes, FanIn: 4));
        var random = new Random(count);
        for (var i = 0; i < count; i++)
        {
            sorter.Add(new Entry { Path = EntryPath.Of($"k{random.Next(count / 10)}"), Type = EntryType.File, SizeBytes = i });
        }

        var keys = new List<(EntryPath Path, long Number)>();
        using (var sorted = sorter.Read())
        {
            while (sorted.TryRead(out var entry))
            {
                keys.Add((entry.Path, entry.SizeBytes));
            }
        }

        Assert.Equal(count, keys.Count);
        Assert.Equal(keys.OrderBy(k => k.Path).ThenBy(k => k.Number), keys);
    }

    [Fact]
    public void Run_files_are_deleted_with_the_sorter()
    {
        var sorter = new SpillSorter<Entry>(EntryCodec.Instance, new SpillOptions(_spill.Path, MemoryBytes: 1, FanIn: 2));
        for (var i = 0; i < 9; i++)
        {
            sorter.Add(SyntheticTree.File(EntryPath.Of($"{i}")));
        }

        Assert.NotEqual(0, _spill.FileCount);
        sorter.Dispose();

        Assert.Equal(0, _spill.FileCount);
    }

    [Fact]
    public void An_entry_comes_back_from_a_run_file_with_everything_it_had()
    {
        var entry = new Entry
        {
            Path = new EntryPath([0xFF, (byte)'/', (byte)'\n']),
            Type = EntryType.Symlink,
            SizeBytes = long.MaxValue,
            Modified = new(-1, 999_999_999),
            Changed = new(long.MinValue, 0),
            Accessed = new(0, 1),
            Created = new(253_402_300_800, 2),
            Posix = new(4095, uint.MaxValue, 7),
            Inode = ulong.MaxValue,
            LinkCount = 3,
            LinkTarget = Encoding.UTF8.GetBytes("../é"),
            ResolvedPath = EntryPath.Of("x/y"),
            ContentMd5 = new byte[16],
            ETag = "\"0x8\"",
            Fault = new(VolumeFaultKind.Throttled, "slow", true, TimeSpan.FromSeconds(3), StatusCodes.ItemOther),
            Obstacle = "in the way",
        };
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        EntryCodec.Instance.Write(entry, output);
        var back = EntryCodec.Instance.Read(output.WrittenSpan);

        Assert.Equivalent(Flat(entry), Flat(back), strict: true);
    }

    [Fact]
    public void An_entry_that_knows_little_comes_back_knowing_no_more()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        EntryCodec.Instance.Write(SyntheticTree.Folder(EntryPath.Of("a")), output);
        var back = EntryCodec.Instance.Read(output.WrittenSpan);

        Assert.Equivalent(Flat(SyntheticTree.Folder(EntryPath.Of("a"))), Flat(back), strict: true);
    }

    [Fact]
    public async Task An_unordered_scan_comes_out_in_path_order_and_the_last_of_equal_paths_counts()
    {
        Entry[] entries = [.. Enumerable.Range(0, 5_000).Select(i => new Entry
        {
            Path = EntryPath.Of($"n{(i * 7) % 2_500}"),
            Type = EntryType.File,
            SizeBytes = i,
        })];
        var scan = SyntheticTree.Batches(entries, 100, CancellationToken.None);

        var seen = new List<Entry>();
        await foreach (var batch in SortedScan.SortAsync(scan, new SpillOptions(_spill.Path, 50_000), CancellationToken.None))
        {
            seen.AddRange(batch);
        }

        Assert.Equal(2_500, seen.Count);
        Assert.Equal(seen.OrderBy(e => e.Path).Select(e => e.Path), seen.Select(e => e.Path));
        Assert.All(seen, e => Assert.InRange(e.SizeBytes, 2_500, 4_999));
        Assert.Equal(0, _spill.FileCount);
    }

    public void Dispose() => _spill.Dispose();

    private static object Flat(Entry e) => new
    {
        Path = Convert.ToHexString(e.Path.Bytes),
        e.Type,
        e.SizeBytes,
        e.Modified,
        e.Changed,
        e.Accessed,
        e.Created,
        e.Posix,
        e.Inode,
        e.LinkCount,
        e.IsEmptyFolder,
        e.Obstacle,
        Target = e.LinkTarget is { } target ? Convert.ToHexString(target.Span) : "none",
        Resolved = e.ResolvedPath is { } resolved ? resolved.ToString() : "none",
        Md5 = e.ContentMd5 is { } md5 ? Convert.ToHexString(md5.Span) : "none",
        e.ETag,
        e.Fault,
    };
}
