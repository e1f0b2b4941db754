using System.Text;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Tests.Scan;

[Collection(nameof(Alone))]
public sealed class OrderedWalkTests : IDisposable
{
    private readonly TemporaryFolder _spill = new();

    [Fact]
    public async Task Entries_come_in_path_order_with_siblings_before_a_folders_content()
    {
        var walk = Walk(SyntheticTree.Of(Paths("a/", "a/b", "a.txt", "a!/", "a!/x", "a-b/", "a-b/c/", "a-b/c/d", "b", "a/é", "a0")));

        var seen = await NamesAsync(walk);

        Assert.Equal("a a! a!/x a-b a-b/c a-b/c/d a.txt a/b a/é a0 b", string.Join(' ', seen));
    }

    [Theory]
    [InlineData(1, 24 * 1024 * 1024)]
    [InlineData(8, 24 * 1024 * 1024)]
    [InlineData(8, 1)]
    [InlineData(3, 20_000)]
    public async Task Random_trees_come_whole_and_in_order_whatever_the_limits(int foldersAtOnce, long readAheadBytes)
    {
        for (var seed = 0; seed < 3; seed++)
        {
            var paths = RandomPaths(seed, 200);
            var walk = Walk(SyntheticTree.Of(paths, seed), readAheadBytes, readAheadBytes, foldersAtOnce);

            var seen = await NamesAsync(walk);

            Assert.True(Expected(paths).SequenceEqual(seen, StringComparer.Ordinal), $"seed {seed}");
            Assert.Equal(0, _spill.FileCount);
        }
    }

    [Fact]
    public async Task A_folder_without_children_is_known_to_be_empty_when_it_is_yielded()
    {
        var walk = Walk(SyntheticTree.Of(Paths("empty/", "full/", "full/x")));

        var entries = await AllAsync(walk);

        Assert.True(entries.Single(e => e.Path.ToString() == "empty").IsEmptyFolder);
        Assert.False(entries.Single(e => e.Path.ToString() == "full").IsEmptyFolder);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_carries_the_fault_and_the_walk_continues()
    {
        var tree = SyntheticTree.Of(Paths("a/", "a/x", "b"));
        var walk = Walk((folder, cancel) => folder.IsRoot ? tree(folder, cancel) : Broken(VolumeFaultKind.Permission));

        var entries = await AllAsync(walk);

        Assert.Equal("a b", string.Join(' ', entries.Select(e => e.Path.ToString())));
        Assert.Equal(VolumeFaultKind.Permission, entries[0].Fault?.Kind);
        Assert.False(entries[0].IsEmptyFolder);
    }

    [Fact]
    public async Task A_root_that_cannot_be_listed_is_thrown()
    {
        var walk = Walk((_, _) => Broken(VolumeFaultKind.NotFound));

        var fault = await Assert.ThrowsAsync<VolumeException>(() => AllAsync(walk));

        Assert.Equal(VolumeFaultKind.NotFound, fault.Fault.Kind);
    }

    [Fact]
    public async Task A_listing_that_names_something_else_than_a_child_is_a_fault()
    {
        var tree = SyntheticTree.Of(Paths("a/", "b"));
        var walk = Walk((folder, cancel) => folder.IsRoot
            ? tree(folder, cancel)
            : SyntheticTree.Batches([SyntheticTree.File(EntryPath.Of("a/.."))], 1, cancel));

        var entries = await AllAsync(walk);

        Assert.Equal("a b", string.Join(' ', entries.Select(e => e.Path.ToString())));
        Assert.Equal(VolumeFaultKind.Io, entries[0].Fault?.Kind);
    }

    [Fact]
    public async Task A_name_that_a_listing_repeats_is_yielded_once()
    {
        var walk = Walk((folder, cancel) => SyntheticTree.Batches(
            folder.IsRoot ? [SyntheticTree.Folder(EntryPath.Of("a")), SyntheticTree.Folder(EntryPath.Of("a"))] : [], 2, cancel));

        var entries = await AllAsync(walk);

        Assert.Single(entries);
    }

    [Fact]
    public async Task Ending_early_stops_the_listings_and_leaves_no_run_files()
    {
        var walk = Walk((folder, cancel) => Numbered(folder, 2_000, folder.Depth < 3, cancel), 1, 1);
        await using var batches = walk.RunAsync(CancellationToken.None).GetAsyncEnumerator();

        await batches.MoveNextAsync();
        await batches.DisposeAsync();

        Assert.Equal(0, _spill.FileCount);
    }

    [Fact]
    public async Task Cancelling_ends_the_walk()
    {
        using var stop = new CancellationTokenSource();
        var walk = Walk((folder, cancel) => Numbered(folder, 100, folder.Depth < 4, cancel));

        var ended = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var batch in walk.RunAsync(stop.Token))
            {
                await stop.CancelAsync();
            }
        });

        await ended.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_million_entries_in_one_folder_stay_below_the_memory_bound()
    {
        var walk = Walk((folder, cancel) => Numbered(folder, 1_000_000, false, cancel), 16 << 20, 4 << 20);

        var (count, peakBytes) = await MeasureAsync(walk);

        Assert.Equal(1_000_000, count);
        Assert.InRange(peakBytes, 0, 64 << 20);
    }

    [Fact]
    public async Task Two_hundred_thousand_small_folders_stay_below_the_memory_bound()
    {
        var walk = Walk(
            (folder, cancel) => Numbered(folder, folder.IsRoot ? 200_000 : 5, folder.IsRoot, cancel), 16 << 20, 4 << 20);

        var (count, peakBytes) = await MeasureAsync(walk);

        Assert.Equal(1_200_000, count);
        Assert.InRange(peakBytes, 0, 64 << 20);
    }

    [Fact]
    public async Task Five_thousand_levels_stay_below_the_memory_bound()
    {
        var walk = Walk((folder, cancel) => Level(folder, 5_000, cancel), 16 << 20, 4 << 20);

        var (count, peakBytes) = await MeasureAsync(walk);

        Assert.Equal(5_000 * 3, count);
        Assert.InRange(peakBytes, 0, 96 << 20);
    }

    public void Dispose() => _spill.Dispose();

    private static IEnumerable<byte[]> Paths(params string[] paths) => paths.Select(Encoding.UTF8.GetBytes);

    private static async IAsyncEnumerable<IReadOnlyList<Entry>> Broken(VolumeFaultKind kind)
    {
        await Task.CompletedTask;
        yield return Array.Empty<Entry>();
        throw new VolumeException(new(kind, "broken"));
    }

    /// <summary>Children in an order that is not sorted: a stride through the numbers.</summary>
    private static IAsyncEnumerable<IReadOnlyList<Entry>> Numbered(EntryPath folder, int count, bool areFolders, CancellationToken cancel) =>
        SyntheticTree.Batches(
            Enumerable.Range(0, count).Select(i =>
            {
                var path = folder.Child(Encoding.ASCII.GetBytes($"n{(int)((i * 7_919L) % count)}"));
                return areFolders ? SyntheticTree.Folder(path) : SyntheticTree.File(path);
            }),
            512,
            cancel);

    private static IAsyncEnumerable<IReadOnlyList<Entry>> Level(EntryPath folder, int levels, CancellationToken cancel) =>
        SyntheticTree.Batches(
            folder.Depth >= levels
                ? []
                : [SyntheticTree.File(folder.Child("x"u8)), SyntheticTree.Folder(folder.Child("d"u8)), SyntheticTree.File(folder.Child("a"u8))],
            512,
            cancel);

    private static async Task<List<Entry>> AllAsync(OrderedWalk walk)
    {
        var all = new List<Entry>();
        await foreach (var batch in walk.RunAsync(CancellationToken.None))
        {
            all.AddRange(batch);
        }

        return all;
    }

    private static async Task<List<string>> NamesAsync(OrderedWalk walk) =>
        [.. (await AllAsync(walk)).Select(e => Encoding.UTF8.GetString(e.Path.Bytes))];

    private static async Task<(long Count, long PeakBytes)> MeasureAsync(OrderedWalk walk)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (count, peak, sinceMeasured) = (0L, 0L, 0L);
        var last = EntryPath.Root;
        await foreach (var batch in walk.RunAsync(CancellationToken.None))
        {
            foreach (var entry in batch)
            {
                Assert.True(last < entry.Path);
                last = entry.Path;
            }

            count += batch.Count;
            sinceMeasured += batch.Count;
            if (sinceMeasured >= 100_000 || batch[^1].Path.Bytes.Length > 4_000)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
                sinceMeasured = 0;
            }
        }

        return (count, peak);
    }

    private static List<byte[]> RandomPaths(int seed, int count)
    {
        var random = new Random(seed);
        var alphabet = "ab!./-0"u8.ToArray();
        var paths = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var path = new List<byte>();
            for (var level = random.Next(1, 6); level > 0; level--)
            {
                path.Add((byte)'a');
                for (var letters = random.Next(0, 3); letters > 0; letters--)
                {
                    path.Add(alphabet.Where(b => b != '/').ElementAt(random.Next(6)));
                }

                path.Add((byte)'/');
            }

            paths.Add([.. path]);
            paths.Add([.. path, (byte)'~']);
        }

        return paths;
    }

    private static List<string> Expected(List<byte[]> paths)
    {
        var all = new SortedSet<EntryPath>();
        foreach (var raw in paths)
        {
            for (var path = new EntryPath(raw[^1] == '/' ? raw[..^1] : raw); !path.IsRoot; path = path.Parent)
            {
                all.Add(path);
            }
        }

        return [.. all.Select(p => Encoding.UTF8.GetString(p.Bytes))];
    }

    private OrderedWalk Walk(ListFolder list, long readAheadBytes = 24 << 20, long folderBytes = 6 << 20, int foldersAtOnce = 8) =>
        new(list, new OrderedWalkOptions(_spill.Path)
        {
            ReadAheadBytes = readAheadBytes,
            FolderBytesMax = folderBytes,
            FoldersAtOnce = foldersAtOnce,
        });
}
