using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>Collects one folder's children; moves to a run file when they weigh too much. Used by one listing.</summary>
internal sealed class FolderLoading(FolderReadAhead ahead, OrderedWalkOptions options) : IDisposable
{
    /// <summary>A run file for a handful of entries costs more than it saves.</summary>
    private const int SpillBytesMin = 16 * 1024;

    /// <summary>Sorting in smaller pieces would only make more files.</summary>
    private const int SortBytesMin = 1024 * 1024;

    private readonly List<Entry> _entries = [];
    private SpillSorter<Entry>? _sorter;
    private long _heldBytes;

    public void Add(EntryPath folder, IReadOnlyList<Entry> batch)
    {
        var added = 0L;
        for (var i = 0; i < batch.Count; i++)
        {
            var entry = batch[i];
            RequireChild(folder, entry.Path);
            if (_sorter is not null)
            {
                _sorter.Add(entry);
                continue;
            }

            _entries.Add(entry);
            added += EntryCodec.Instance.WeightBytes(entry);
        }

        ahead.Hold(added);
        _heldBytes += added;
        if (_heldBytes > options.FolderBytesMax || (_heldBytes > SpillBytesMin && ahead.IsFull))
        {
            Spill();
        }
    }

    public FolderListing Finish(VolumeFault? fault)
    {
        if (_sorter is not null)
        {
            return new FolderListing(ahead, WriteRun(_sorter), fault);
        }

        var sorted = new StableOrder<Entry>(EntryCodec.Instance).Sorted(_entries);
        var entries = new (Entry, FolderNode?)[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            entries[i] = (sorted[i], ahead.NodeFor(sorted[i]));
        }

        var held = _heldBytes;
        _heldBytes = 0;
        return new FolderListing(ahead, entries, held, fault);
    }

    public void Dispose()
    {
        ahead.Release(_heldBytes);
        _heldBytes = 0;
        _sorter?.Dispose();
    }

    private void Spill()
    {
        _sorter = new SpillSorter<Entry>(EntryCodec.Instance, new SpillOptions(options.SpillFolder, Math.Max(options.FolderBytesMax,
            SortBytesMin)));
        foreach (var entry in _entries)
        {
            _sorter.Add(entry);
        }

        _entries.Clear();
        ahead.Release(_heldBytes);
        _heldBytes = 0;
    }

    /// <summary>One run, so that a place in it is one number.</summary>
    private string WriteRun(SpillSorter<Entry> sorter)
    {
        var path = Path.Combine(options.SpillFolder, $"{Guid.NewGuid():N}.run");
        using var sorted = sorter.Read();
        using var run = new RunWriter<Entry>(path, EntryCodec.Instance);
        while (sorted.TryRead(out var entry))
        {
            run.Write(entry);
        }

        run.Flush();
        return path;
    }

    private static void RequireChild(EntryPath folder, EntryPath child)
    {
        var start = folder.IsRoot ? 0 : folder.Bytes.Length + 1;
        var name = child.Bytes.Length > start && child.IsWithin(folder) ? child.Bytes[start..] : default;
        if (name.IsEmpty || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new VolumeException(new(VolumeFaultKind.Io, $"The listing of {folder} contains {child}, which is not a child of it."));
        }
    }
}
