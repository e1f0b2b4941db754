using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Mover.Files;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Mirror;

/// <summary>
/// Entries kept on disk in the order they came, to be read forwards or backwards; in path order, backwards means children before parents.
/// Each is a mark, the entry, and the length of both. Not safe for concurrent use.
/// </summary>
internal sealed class EntryList(string path) : IDisposable
{
    private const int FlushBytes = 128 * 1024;
    private const int TrailerBytes = 4;

    /// <summary>How many entries a batch has at most.</summary>
    private const int BatchItemsMax = 1_024;

    private readonly SafeFileHandle _file = PrivateFile.OpenHandle(
        path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);

    private readonly ArrayBufferWriter<byte> _pending = new(FlushBytes);
    private readonly ArrayBufferWriter<byte> _record = new(512);
    private long _length;

    /// <summary>Entries in the list.</summary>
    public long Count { get; private set; }

    public void Add(Entry entry, byte mark = 0)
    {
        _record.ResetWrittenCount();
        EntryCodec.Instance.Write(entry, _record);
        var length = 1 + _record.WrittenCount;
        var span = _pending.GetSpan(length + (2 * TrailerBytes));
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        span[TrailerBytes] = mark;
        _record.WrittenSpan.CopyTo(span[(TrailerBytes + 1)..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[(TrailerBytes + length)..], length);
        _pending.Advance(length + (2 * TrailerBytes));
        Count++;
        if (_pending.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    public IEnumerable<(Entry Entry, byte Mark)> Forwards()
    {
        Flush();
        for (long at = 0; at < _length;)
        {
            var length = LengthAt(at);
            yield return Read(at + TrailerBytes, length);
            at += length + (2 * TrailerBytes);
        }
    }

    public IEnumerable<(Entry Entry, byte Mark)> Backwards()
    {
        Flush();
        for (var at = _length; at > 0;)
        {
            var length = LengthAt(at - TrailerBytes);
            at -= length + (2 * TrailerBytes);
            yield return Read(at + TrailerBytes, length);
        }
    }

    /// <summary>
    /// Entries that come children before parents, in batches to be worked on at once: what is in a folder comes in a batch before the
    /// folder's own.
    /// </summary>
    public static IEnumerable<List<(Entry Entry, byte Mark)>> Batches(IEnumerable<(Entry Entry, byte Mark)> childrenFirst)
    {
        var batch = new List<(Entry Entry, byte Mark)>();
        foreach (var next in childrenFirst)
        {
            if (batch.Count == BatchItemsMax || Holds(batch, next.Entry))
            {
                yield return batch;
                batch.Clear();
            }

            batch.Add(next);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    public void Dispose() => _file.Dispose();

    private static bool Holds(List<(Entry Entry, byte Mark)> batch, Entry folder)
    {
        if (folder.Type is not EntryType.Folder)
        {
            return false;
        }

        foreach (var (entry, _) in batch)
        {
            if (entry.Path.IsWithin(folder.Path))
            {
                return true;
            }
        }

        return false;
    }

    private void Flush()
    {
        RandomAccess.Write(_file, _pending.WrittenSpan, _length);
        _length += _pending.WrittenCount;
        _pending.ResetWrittenCount();
    }

    private int LengthAt(long at)
    {
        Span<byte> length = stackalloc byte[TrailerBytes];
        RandomAccess.Read(_file, length, at);
        return BinaryPrimitives.ReadInt32LittleEndian(length);
    }

    private (Entry Entry, byte Mark) Read(long at, int length)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        RandomAccess.Read(_file, bytes.AsSpan(0, length), at);
        var read = (EntryCodec.Instance.Read(bytes.AsSpan(1, length - 1)), bytes[0]);
        ArrayPool<byte>.Shared.Return(bytes);
        return read;
    }
}
