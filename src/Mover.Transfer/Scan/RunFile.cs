using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Mover.Files;

namespace Mover.Transfer.Scan;

/// <summary>Writes one run: records in order, each after its length (varint). The file is new or overwritten.</summary>
internal sealed class RunWriter<T>(string path, IRecordCodec<T> codec) : IDisposable
{
    private readonly SafeFileHandle _file = PrivateFile.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
    private readonly ArrayBufferWriter<byte> _record = new(256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(RunReader<T>.BufferBytes);
    private int _used;
    private long _written;

    public void Write(T record)
    {
        _record.ResetWrittenCount();
        codec.Write(record, _record);
        Span<byte> head = stackalloc byte[10];
        var headBytes = Varint.Write(head, (ulong)_record.WrittenCount);
        Append(head[..headBytes]);
        Append(_record.WrittenSpan);
    }

    public void Flush()
    {
        RandomAccess.Write(_file, _buffer.AsSpan(0, _used), _written);
        _written += _used;
        _used = 0;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _buffer.Length)
            {
                Flush();
            }

            var part = bytes[..Math.Min(bytes.Length, _buffer.Length - _used)];
            part.CopyTo(_buffer.AsSpan(_used));
            _used += part.Length;
            bytes = bytes[part.Length..];
        }
    }
}

/// <summary>
/// Reads one run from its start or a remembered offset. <see cref="Suspend"/> gives back buffer and file handle while a reader waits
/// its turn, so that thousands of unfinished runs cost next to nothing.
/// </summary>
internal sealed class RunReader<T>(string path, IRecordCodec<T> codec) : IDisposable
{
    public const int BufferBytes = 64 * 1024;
    private SafeFileHandle? _file;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>Where the next record begins, in bytes from the start of the file.</summary>
    public long OffsetBytes { get; private set; }

    public bool TryRead(out T record)
    {
        if (!TryReadLength(out var length))
        {
            record = default!;
            return false;
        }

        Need(length);
        record = codec.Read(_buffer.AsSpan(_start, length));
        Skip(length);
        return true;
    }

    /// <summary>Lets go of file and buffer; the next read opens them again at <paramref name="offsetBytes"/>.</summary>
    public void Suspend(long offsetBytes)
    {
        Dispose();
        OffsetBytes = offsetBytes;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
        _start = _end = 0;
    }

    private bool TryReadLength(out int length)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_start == _end && !Fill(1))
            {
                length = 0;
                return shift == 0 ? false : throw Broken();
            }

            var b = _buffer[_start];
            Skip(1);
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                length = checked((int)value);
                return true;
            }
        }
    }

    private void Need(int length)
    {
        if (_end - _start < length && !Fill(length))
        {
            throw Broken();
        }
    }

    /// <summary>Makes at least <paramref name="wanted"/> bytes available; false when the file ends before.</summary>
    private bool Fill(int wanted)
    {
        _file ??= File.OpenHandle(path);
        var kept = _end - _start;
        if (_buffer.Length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, BufferBytes));
            _buffer.AsSpan(_start, kept).CopyTo(larger);
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        }

        _start = 0;
        _end = kept;
        while (_end < wanted)
        {
            var read = RandomAccess.Read(_file, _buffer.AsSpan(_end), OffsetBytes + _end);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    private void Skip(int bytes)
    {
        _start += bytes;
        OffsetBytes += bytes;
    }

    private InvalidDataException Broken() => new($"The run file {Path.GetFileName(path)} ends inside a record.");
}

/// <summary>Unsigned numbers in 1 to 10 bytes, seven bits each, low bits first (LEB128).</summary>
internal static class Varint
{
    public static int Write(Span<byte> target, ulong value)
    {
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[count++] = (byte)(value | 0x80);
        }

        target[count++] = (byte)value;
        return count;
    }

    public static ulong Read(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = source[0];
            source = source[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
