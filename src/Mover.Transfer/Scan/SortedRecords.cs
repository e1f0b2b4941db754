using System.Diagnostics.CodeAnalysis;

namespace Mover.Transfer.Scan;

/// <summary>The merged, sorted result of a <see cref="SpillSorter{T}"/>, read once from front to back. Not safe for concurrent
/// use.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class SortedRecords<T> : IDisposable
{
    private readonly IRecordCodec<T> _codec;
    private readonly List<IRecordSource<T>> _sources;

    // A binary heap of sources by their current record; ties go to the older source, which keeps the sort stable.
    private readonly List<(T Record, int Source)> _heap = [];

    internal SortedRecords(IRecordCodec<T> codec, List<IRecordSource<T>> sources)
    {
        _codec = codec;
        _sources = sources;
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i].TryRead(out var record))
            {
                _heap.Add((record, i));
                SiftUp(_heap.Count - 1);
            }
        }
    }

    /// <summary>The next record; false at the end.</summary>
    public bool TryRead([MaybeNullWhen(false)] out T record)
    {
        if (_heap.Count == 0)
        {
            record = default;
            return false;
        }

        var (first, source) = _heap[0];
        record = first;
        if (_sources[source].TryRead(out var next))
        {
            _heap[0] = (next, source);
        }
        else
        {
            _heap[0] = _heap[^1];
            _heap.RemoveAt(_heap.Count - 1);
        }

        SiftDown();
        return true;
    }

    /// <summary>Closes the run files.</summary>
    public void Dispose()
    {
        foreach (var source in _sources)
        {
            source.Dispose();
        }

        _sources.Clear();
        _heap.Clear();
    }

    private bool Before((T Record, int Source) left, (T Record, int Source) right)
    {
        var byKey = _codec.Key(left.Record).SequenceCompareTo(_codec.Key(right.Record));
        return byKey != 0 ? byKey < 0 : left.Source < right.Source;
    }

    private void SiftUp(int at)
    {
        while (at > 0 && Before(_heap[at], _heap[(at - 1) / 2]))
        {
            (_heap[at], _heap[(at - 1) / 2]) = (_heap[(at - 1) / 2], _heap[at]);
            at = (at - 1) / 2;
        }
    }

    private void SiftDown()
    {
        for (var at = 0; (2 * at) + 1 < _heap.Count;)
        {
            var child = (2 * at) + 1;
            if (child + 1 < _heap.Count && Before(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!Before(_heap[child], _heap[at]))
            {
                return;
            }

            (_heap[at], _heap[child]) = (_heap[child], _heap[at]);
            at = child;
        }
    }
}

/// <summary>A sorted sequence of records that a merge draws from.</summary>
internal interface IRecordSource<T> : IDisposable
{
    bool TryRead([MaybeNullWhen(false)] out T record);
}

/// <summary>A run file as a source.</summary>
internal sealed class RunSource<T>(string path, IRecordCodec<T> codec) : IRecordSource<T>
{
    private readonly RunReader<T> _reader = new(path, codec);

    public bool TryRead([MaybeNullWhen(false)] out T record) => _reader.TryRead(out record);

    public void Dispose() => _reader.Dispose();
}

/// <summary>Records that never left memory; each is let go when it is read.</summary>
internal sealed class ArraySource<T>(T[] records) : IRecordSource<T>
{
    private int _next;

    public bool TryRead([MaybeNullWhen(false)] out T record)
    {
        if (_next == records.Length)
        {
            record = default;
            return false;
        }

        record = records[_next];
        records[_next++] = default!;
        return true;
    }

    public void Dispose() => _next = records.Length;
}
