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
    private readonly StableOrder<T> _order = new(codec);
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
            sources.Add(new ArraySource<T>(_order.Sorted(_records)));
            _records.Clear();
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
        var path = NewRunPath();
        _runs.Add((path, 0));
        using (var run = new RunWriter<T>(path, codec))
        {
            foreach (var index in _order.Of(_records))
            {
                run.Write(_records[index]);
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

/// <summary>
/// The order of records by key; equal keys keep theirs. Its working arrays are kept from one batch to the next. Not safe for concurrent
/// use.
/// </summary>
internal sealed class StableOrder<T>(IRecordCodec<T> codec)
{
    private (ulong Head, int Index)[] _heads = [];
    private int[] _indexes = [];

    /// <summary>The places of the records in order; valid until the next call.</summary>
    public ReadOnlySpan<int> Of(List<T> records)
    {
        if (_indexes.Length < records.Count)
        {
            _indexes = new int[records.Count];
        }

        var indexes = _indexes.AsSpan(0, records.Count);
        if (IsOrdered(records))
        {
            for (var i = 0; i < indexes.Length; i++)
            {
                indexes[i] = i;
            }

            return indexes;
        }

        var heads = Sort(records);
        for (var i = 0; i < indexes.Length; i++)
        {
            indexes[i] = heads[i].Index;
        }

        return indexes;
    }

    /// <summary>The records in order, in an array of their own.</summary>
    public T[] Sorted(List<T> records)
    {
        var sorted = new T[records.Count];
        var at = 0;
        foreach (var index in Of(records))
        {
            sorted[at++] = records[index];
        }

        return sorted;
    }

    private bool IsOrdered(List<T> records)
    {
        for (var i = 1; i < records.Count; i++)
        {
            if (codec.Key(records[i - 1]).SequenceCompareTo(codec.Key(records[i])) > 0)
            {
                return false;
            }
        }

        return true;
    }

    private Span<(ulong Head, int Index)> Sort(List<T> records)
    {
        if (_heads.Length < records.Count)
        {
            _heads = new (ulong Head, int Index)[records.Count];
        }

        var heads = _heads.AsSpan(0, records.Count);
        var shared = SharedPrefix(records);
        for (var i = 0; i < heads.Length; i++)
        {
            heads[i] = (Head(codec.Key(records[i])[shared..]), i);
        }

        heads.Sort((left, right) =>
        {
            var byHead = left.Head.CompareTo(right.Head);
            if (byHead != 0)
            {
                return byHead;
            }

            var byKey = codec.Key(records[left.Index])[shared..].SequenceCompareTo(codec.Key(records[right.Index])[shared..]);
            return byKey != 0 ? byKey : left.Index.CompareTo(right.Index);
        });
        return heads;
    }

    /// <summary>Keys of one folder share its path; comparing starts behind it.</summary>
    private int SharedPrefix(List<T> records)
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
