using System.Runtime.CompilerServices;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>
/// Looks up named items one by one, and walks those that are folders, all in path order. What a walked folder holds is due at
/// <c>name/</c>: until then it waits on a stack, whose folders are each a prefix of the next, so that it is never deeper than a name is
/// long.
/// </summary>
internal sealed class NamedScan(IVolume volume, Patience patience, Action gone)
{
    private const int BatchEntries = 256;
    private readonly Stack<FolderWalk> _due = new();

    public async IAsyncEnumerable<IReadOnlyList<Entry>> RunAsync(
        IReadOnlyList<NamedItem> sorted, [EnumeratorCancellation] CancellationToken cancel)
    {
        // Of a volume that is away nothing would be found, which reads as if it were empty.
        await AskAsync(async () =>
        {
            await volume.ProbeAsync(cancel);
            return 0;
        }, cancel);
        var batch = new List<Entry>(BatchEntries);
        var walked = EntryPath.Root;
        try
        {
            for (var next = 0; next <= sorted.Count; next++)
            {
                var item = next < sorted.Count ? sorted[next] : null;
                while (_due.TryPeek(out var walk) && (item is null || !WalkFrame.ComesBeforeContentOf(item.Path, walk.Folder)))
                {
                    if (batch.Count > 0)
                    {
                        yield return batch;
                        batch = new List<Entry>(BatchEntries);
                    }

                    for (; walk.Batch is { } below; await walk.MoveNextAsync())
                    {
                        yield return below;
                    }

                    walked = walk.Folder;
                    await _due.Pop().CloseAsync();
                }

                if (item is not null && !(item.Path.IsWithin(walked) && !walked.IsRoot) && await FindAsync(item, cancel) is { } entry)
                {
                    batch.Add(entry);
                    if (batch.Count == BatchEntries)
                    {
                        yield return batch;
                        batch = new List<Entry>(BatchEntries);
                    }
                }
            }

            if (batch.Count > 0)
            {
                yield return batch;
            }
        }
        finally
        {
            while (_due.TryPop(out var left))
            {
                await left.CloseAsync();
            }
        }
    }

    private async ValueTask<Entry?> FindAsync(NamedItem item, CancellationToken cancel)
    {
        Entry? found;
        try
        {
            found = await AskAsync(() => volume.FindAsync(item.Path, cancel), cancel);
        }
        catch (VolumeException e) when (!Compare.FaultCodes.EndsJob(e.Fault))
        {
            return new Entry { Path = item.Path, Type = item.Type, Fault = e.Fault };
        }

        if (found is null && item.IsNamed)
        {
            gone();
        }

        return found is { Type: EntryType.Folder, Fault: null } && item.IsNamed ? await OpenAsync(found, cancel) : found;
    }

    /// <summary>Begins the walk of a folder; the folder's entry then says whether it holds anything, or why nobody knows.</summary>
    private async ValueTask<Entry> OpenAsync(Entry folder, CancellationToken cancel)
    {
        var walk = new FolderWalk(folder.Path, volume.ScanBelowAsync(folder.Path, patience, cancel).GetAsyncEnumerator(cancel));
        _due.Push(walk);
        try
        {
            await walk.MoveNextAsync();
            return FolderEntry.With(folder, walk.Batch is null, null);
        }
        catch (VolumeException e) when (!Compare.FaultCodes.EndsJob(e.Fault))
        {
            return FolderEntry.With(folder, isEmpty: false, e.Fault);
        }
    }

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (VolumeException fault)
            {
                attempt = await patience(fault, attempt, cancel);
            }
        }
    }

    /// <summary>The walk of one folder; <see cref="Batch"/> is what it stands on, null at its end.</summary>
    private sealed class FolderWalk(EntryPath folder, IAsyncEnumerator<IReadOnlyList<Entry>> entries)
    {
        public EntryPath Folder { get; } = folder;

        public IReadOnlyList<Entry>? Batch { get; private set; }

        public async ValueTask MoveNextAsync()
        {
            Batch = null;
            Batch = await entries.MoveNextAsync() ? entries.Current : null;
        }

        public ValueTask CloseAsync() => entries.DisposeAsync();
    }
}
