using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Mirror;

namespace Mover.Transfer.Tests.Scan;

public sealed class EntryListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-list-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folders_side_by_side_come_at_once_and_their_parent_after_them()
    {
        using var list = ListOf(["a", "a-b", "a/1", "a/2", "a/3"]);

        var batches = EntryList.Batches(list.Backwards()).Select(b => string.Join(' ', b.Select(e => e.Entry.Path.ToString())));

        Assert.Equal(["a/3 a/2 a/1 a-b", "a"], batches);
    }

    [Fact]
    public void Batches_hold_each_entry_of_any_tree_once_and_no_folder_with_its_contents()
    {
        var seed = Setting.Seed(8);
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var paths = SomeTree(random, random.Next(1, 3000));
            using var list = ListOf(paths);

            var batches = EntryList.Batches(list.Backwards()).Select(b => b.Select(e => e.Entry.Path).ToArray()).ToList();

            Assert.Equal(Enumerable.Reverse(paths), batches.SelectMany(b => b).Select(p => p.ToString()));
            Assert.All(batches, batch => Assert.True(
                !batch.Any(folder => batch.Any(other => !other.Equals(folder) && other.IsWithin(folder))), $"seed {seed}, round {round}"));
        }
    }

    private EntryList ListOf(IEnumerable<string> folders)
    {
        var list = new EntryList(Path.Combine(_folder, Guid.NewGuid().ToString("N")));
        foreach (var folder in folders)
        {
            list.Add(new Entry { Path = EntryPath.Of(folder), Type = EntryType.Folder });
        }

        return list;
    }

    // Names that sort before and after the slash, so that a folder does not stand next to what is in it.
    private static List<string> SomeTree(Random random, int count)
    {
        string[] names = ["a", "a-b", "a.b", "ab", "b"];
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            paths.Add(string.Join('/', Enumerable.Range(0, random.Next(1, 7)).Select(_ => names[random.Next(names.Length)])));
        }

        return [.. paths];
    }
}
