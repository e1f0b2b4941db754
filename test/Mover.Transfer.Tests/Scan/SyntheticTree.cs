using System.Runtime.CompilerServices;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Tests.Scan;

/// <summary>Trees that exist only as a rule, so that a million entries cost nothing until they are listed.</summary>
internal static class SyntheticTree
{
    public static Entry File(EntryPath path) => new() { Path = path, Type = EntryType.File, SizeBytes = 7, Modified = new(1_700_000_000, 5) };

    public static Entry Folder(EntryPath path) => new() { Path = path, Type = EntryType.Folder };

    /// <summary>A lister over a list of all paths; a path that ends in a slash is a folder. Children come in a shuffled order.</summary>
    public static ListFolder Of(IEnumerable<byte[]> paths, int seed = 1)
    {
        var children = new Dictionary<EntryPath, List<Entry>> { [EntryPath.Root] = [] };
        foreach (var raw in paths)
        {
            var isFolder = raw[^1] == '/';
            Add(new EntryPath(isFolder ? raw[..^1] : raw), isFolder);
        }

        var random = new Random(seed);
        foreach (var list in children.Values)
        {
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));
        }

        return (folder, cancel) => Batches(children[folder], 3, cancel);

        void Add(EntryPath path, bool isFolder)
        {
            if (isFolder ? !children.TryAdd(path, []) : false)
            {
                return;
            }

            if (!path.Parent.IsRoot)
            {
                Add(path.Parent, true);
            }

            children[path.Parent].Add(isFolder ? Folder(path) : File(path));
        }
    }

    public static async IAsyncEnumerable<IReadOnlyList<Entry>> Batches(
        IEnumerable<Entry> entries, int size, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var chunk in entries.Chunk(size))
        {
            cancel.ThrowIfCancellationRequested();
            yield return chunk;
        }

        await Task.CompletedTask;
    }
}

/// <summary>A folder for run files that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mover-scan-").FullName;

    public int FileCount => Directory.GetFiles(Path).Length;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
