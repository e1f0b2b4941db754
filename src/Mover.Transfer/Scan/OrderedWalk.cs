using System.Runtime.CompilerServices;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>
/// Lists one folder: its direct children, each with its full path, in any order, in batches. Throws <see cref="VolumeException"/> when the
/// listing fails or breaks off. Called for several folders at once.
/// </summary>
/// <param name="folder">The folder's path; the root for the whole volume.</param>
/// <param name="cancel">Stops the listing.</param>
public delegate IAsyncEnumerable<IReadOnlyList<Entry>> ListFolder(EntryPath folder, CancellationToken cancel);

/// <summary>Limits of an <see cref="OrderedWalk"/>.</summary>
/// <param name="SpillFolder">An existing folder on a local disk for the listings that do not fit; its files are deleted as they are used
/// up.</param>
public sealed record OrderedWalkOptions(string SpillFolder)
{
    /// <summary>How many folders are listed at once.</summary>
    public int FoldersAtOnce { get; init; } = 8;

    /// <summary>The usual <see cref="ReadAheadBytes"/>: some 20,000 plain entries, more than is used up while eight folders are
    /// listed.</summary>
    public const long UsualReadAheadBytes = 8 * 1024 * 1024;

    /// <summary>How much the entries that were read ahead may weigh together, in bytes (about 350 a plain entry).</summary>
    public long ReadAheadBytes { get; init; } = UsualReadAheadBytes;

    /// <summary>A folder whose entries weigh more than this goes to a run file; about 16,000 plain entries.</summary>
    public long FolderBytesMax { get; init; } = 6 * 1024 * 1024;

    /// <summary>How many entries a yielded batch holds at most.</summary>
    public int BatchEntries { get; init; } = 512;

    /// <summary>What is done after the fault of a folder.</summary>
    public Patience Patience { get; init; } = Scans.Usual(new(), TimeProvider.System);
}

/// <summary>
/// Walks a tree in path order for drivers that can list one folder at a time. Folders are read ahead in parallel, nearest first, as long
/// as what was read ahead weighs less than <see cref="OrderedWalkOptions.ReadAheadBytes"/>; larger folders wait in sorted run files.
/// Memory is bounded by ReadAheadBytes + FoldersAtOnce × FolderBytesMax whatever the tree's shape, with some hundred bytes for each level
/// of the deepest path.
/// </summary>
/// <remarks>
/// A folder's children are due at <c>name/</c>, not at <c>name</c>: siblings such as <c>name.txt</c> come first. Folders whose turn has not
/// come wait on a stack, because the next of them is always the one opened last (each is a prefix of the one above it).
/// </remarks>
public sealed class OrderedWalk(ListFolder list, OrderedWalkOptions options)
{
    /// <summary>
    /// Yields every entry below a folder, the root when none is named, once. A folder comes with <see cref="Entry.IsEmptyFolder"/> known,
    /// or with the fault of its listing (what was listed before the fault still follows). Throws when that folder itself cannot be listed.
    /// Ending the enumeration early stops the listings under way and deletes the run files.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<Entry>> RunAsync(
        [EnumeratorCancellation] CancellationToken cancel, EntryPath below = default)
    {
        await using var ahead = new FolderReadAhead(list, options, cancel);
        var root = new FolderNode(below);
        var first = await ahead.TakeAsync(root);
        if (first.Fault is { } fault)
        {
            throw new VolumeException(fault);
        }

        var open = new Stack<WalkFrame>();
        open.Push(new WalkFrame(first));
        var batch = new List<Entry>(options.BatchEntries);
        while (open.TryPeek(out var frame))
        {
            switch (frame.MoveNext())
            {
                case WalkStep.Entry when frame.Folder is { } folder:
                    if (!folder.IsReady && batch.Count > 0)
                    {
                        yield return batch;
                        batch = new List<Entry>(options.BatchEntries);
                    }

                    var listing = await ahead.TakeAsync(folder);
                    batch.Add(FolderEntry.With(frame.Current, listing.IsEmpty, listing.Fault));
                    frame.Wait(listing);
                    break;
                case WalkStep.Entry:
                    batch.Add(frame.Current);
                    break;
                case WalkStep.Descend:
                    frame.Suspend();
                    open.Push(new WalkFrame(frame.TakeDue()));
                    break;
                default:
                    open.Pop().Close();
                    break;
            }

            if (batch.Count >= options.BatchEntries)
            {
                cancel.ThrowIfCancellationRequested();
                yield return batch;
                batch = new List<Entry>(options.BatchEntries);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}

/// <summary>Adds to a folder's entry what its listing told.</summary>
internal static class FolderEntry
{
    public static Entry With(Entry entry, bool isEmpty, VolumeFault? fault) => !isEmpty && fault is null
        ? entry
        : new Entry
        {
            Path = entry.Path,
            Type = entry.Type,
            SizeBytes = entry.SizeBytes,
            Modified = entry.Modified,
            Changed = entry.Changed,
            Accessed = entry.Accessed,
            Created = entry.Created,
            Posix = entry.Posix,
            Inode = entry.Inode,
            LinkCount = entry.LinkCount,
            ETag = entry.ETag,
            IsMountPoint = entry.IsMountPoint,
            Obstacle = entry.Obstacle,
            IsEmptyFolder = isEmpty && fault is null,
            Fault = fault ?? entry.Fault,
        };
}
