namespace Mover.Transfer.Scan;

/// <summary>Where and when a sorter writes runs.</summary>
/// <param name="Folder">An existing folder on a local disk that one process owns; run files are deleted from it as soon as they are
/// read.</param>
/// <param name="MemoryBytes">How much records may weigh before they go to a run file.</param>
/// <param name="FanIn">How many runs are merged at once; each costs 64 KiB while it is read. More runs than that are first merged into
/// longer ones.</param>
public sealed record SpillOptions(string Folder, long MemoryBytes = 8 * 1024 * 1024, int FanIn = 32);

/// <summary>
/// Sorts any number of records by their keys in bounded memory: full batches go to sorted run files, which are merged while the result is
/// read. Stable: records with equal keys come out in the order they went in. Memory stays below
/// <see cref="SpillOptions.MemoryBytes"/> + (<see cref="SpillOptions.FanIn"/> + 1) × 64 KiB. Not safe for concurrent use.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class SpillSorter<T>(IRecordCodec<T> codec, SpillOptions options) : IDisposable
{
    private readonly List<(string Path, int Level)> _runs = [];
    private readonly List<T> _records = [];
    private long _weightBytes;

    /// <summary>How many records went in.</summary>
    public long Count { get; private set; }

    /// <summary>How many run files there are; 0 while everything fits in memory.</summary>
    public int RunCount => _runs.Count;

    /// <summary>Takes one record; writes a run when the memory limit is reached. Throws <see cref="IOException"/> when the disk is
    /// full.</summary>
    public void Add(T record)
    {
        _records.Add(record);
        _weightBytes += codec.WeightBytes(record);
        Count++;
        if (_weightBytes >= options.MemoryBytes)
        {
            Spill();
        }
    }

    /// <summary>Reads everything in order, once; the sorter must live until the reader is disposed, and take no more records.</summary>
    public SortedRecords<T> Read()
    {
        if (_runs.Count > 0 && _records.Count > 0)
        {
            Spill();
        }

        // The newest runs are the shortest: merging those moves the fewest bytes.
        while (_runs.Count > options.FanIn)
        {
            var count = Math.Min(options.FanIn, _runs.Count - options.FanIn + 1);
            MergeRuns(_runs.Count - count, count);
        }

        var sources = new List<IRecordSource<T>>(_runs.Count + 1);
        foreach (var (path, _) in _runs)
        {
            sources.Add(new RunSource<T>(path, codec));
        }

        if (_records.Count > 0)
        {
            var sorted = _records.ToArray();
            _records.Clear();
            StableSort.Sort(sorted, codec);
            sources.Add(new ArraySource<T>(sorted));
        }

        return new SortedRecords<T>(codec, sources);
    }

    /// <summary>Deletes the run files.</summary>
    public void Dispose()
    {
        foreach (var (path, _) in _runs)
        {
            File.Delete(path);
        }

        _runs.Clear();
        _records.Clear();
    }

    private void Spill()
    {
        var sorted = _records.ToArray();
        StableSort.Sort(sorted, codec);
        var path = NewRunPath();
        _runs.Add((path, 0));
        using (var run = new RunWriter<T>(path, codec))
        {
            foreach (var record in sorted)
            {
                run.Write(record);
            }

            run.Flush();
        }

        _records.Clear();
        _weightBytes = 0;

        // Runs of one level lie side by side, oldest first: merging neighbours keeps equal keys in the order they came.
        while (_runs.Count >= options.FanIn && _runs[^options.FanIn].Level == _runs[^1].Level)
        {
            MergeRuns(_runs.Count - options.FanIn, options.FanIn);
        }
    }

    private void MergeRuns(int from, int count)
    {
        var level = 0;
        var sources = new List<IRecordSource<T>>(count);
        foreach (var (path, runLevel) in _runs.Slice(from, count))
        {
            level = Math.Max(level, runLevel);
            sources.Add(new RunSource<T>(path, codec));
        }

        var merged = NewRunPath();
        using (var reader = new SortedRecords<T>(codec, sources))
        using (var run = new RunWriter<T>(merged, codec))
        {
            while (reader.TryRead(out var record))
            {
                run.Write(record);
            }

            run.Flush();
        }

        foreach (var (path, _) in _runs.Slice(from, count))
        {
            File.Delete(path);
        }

        _runs.RemoveRange(from, count);
        _runs.Insert(from, (merged, level + 1));
    }

    private string NewRunPath() => Path.Combine(options.Folder, $"{Guid.NewGuid():N}.run");
}

/// <summary>Sorts records by key; equal keys keep their order.</summary>
internal static class StableSort
{
    public static void Sort<T>(T[] records, IRecordCodec<T> codec)
    {
        if (records.Length < 2)
        {
            return;
        }

        var order = new (ulong Head, int Index)[records.Length];
        var shared = SharedPrefix(records, codec);
        for (var i = 0; i < records.Length; i++)
        {
            order[i] = (Head(codec.Key(records[i])[shared..]), i);
        }

        var before = (T[])records.Clone();
        order.AsSpan().Sort((left, right) =>
        {
            var byHead = left.Head.CompareTo(right.Head);
            if (byHead != 0)
            {
                return byHead;
            }

            var byKey = codec.Key(before[left.Index])[shared..].SequenceCompareTo(codec.Key(before[right.Index])[shared..]);
            return byKey != 0 ? byKey : left.Index.CompareTo(right.Index);
        });

        for (var i = 0; i < order.Length; i++)
        {
            records[i] = before[order[i].Index];
        }
    }

    /// <summary>Keys of one folder share its path; comparing starts behind it.</summary>
    private static int SharedPrefix<T>(T[] records, IRecordCodec<T> codec)
    {
        var first = codec.Key(records[0]);
        var shared = first.Length;
        foreach (var record in records)
        {
            shared = Math.Min(shared, first[..shared].CommonPrefixLength(codec.Key(record)));
        }

        return shared;
    }

    /// <summary>The first eight bytes as a number that compares like them; a shorter key counts as padded with zeros.</summary>
    private static ulong Head(ReadOnlySpan<byte> key)
    {
        if (key.Length >= 8)
        {
            return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(key);
        }

        ulong head = 0;
        for (var i = 0; i < 8; i++)
        {
            head = (head << 8) | (i < key.Length ? key[i] : 0u);
        }

        return head;
    }
}
