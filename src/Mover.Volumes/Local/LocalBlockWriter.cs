using System.Buffers;
using System.Buffers.Binary;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Volumes.Local;

/// <summary>
/// A file on its way in blocks: a sparse temporary file of the final size, and behind its content one record a block
/// (CRC-64/NVME and a mark, 16 bytes) that is written after the block. A later attempt reads marked blocks back and believes only those
/// whose digest is right; the records are cut off before the file gets its name.
/// </summary>
internal sealed unsafe class LocalBlockWriter : IBlockWriter
{
    private const int RecordBytes = 16;
    private const ulong Mark = 0x4D6F766572424C4B;
    private readonly LocalVolume _volume;
    private readonly SharedDescriptor _parent;
    private readonly SharedDescriptor _file;
    private readonly Entry _source;
    private readonly long _blockBytes;
    private readonly byte[] _name;

    private LocalBlockWriter(
        LocalVolume volume, SharedDescriptor parent, SharedDescriptor file, Entry source, long blockBytes, byte[] name) =>
        (_volume, _parent, _file, _source, _blockBytes, _name) = (volume, parent, file, source, blockBytes, name);

    /// <summary>Opens the blocks of an earlier attempt or makes a new file; takes the parent's descriptor over.</summary>
    public static IBlockWriter Open(LocalVolume volume, Descriptor parent, Entry source, long blockBytes, string token)
    {
        var name = TemporaryName.ForBlocks(source.Path, token);
        var file = OpenOrCreate(parent, name, source.Path);
        var blocks = (source.SizeBytes + blockBytes - 1) / blockBytes;
        if (LinuxCalls.Ftruncate(file.Number, source.SizeBytes + (blocks * RecordBytes)) != 0)
        {
            var fault = LinuxFaults.Last("make room for", source.Path);
            file.Dispose();
            parent.Dispose();
            throw fault;
        }

        return new LocalBlockWriter(volume, SharedDescriptor.Over(parent), SharedDescriptor.Over(file), source, blockBytes, name);
    }

    private static Descriptor OpenOrCreate(Descriptor parent, byte[] name, EntryPath path)
    {
        try
        {
            fixed (byte* temporary = name)
            {
                return LocalFile.OpenLeft(parent, temporary, path) ?? LocalFile.Create(parent, temporary, path);
            }
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private long BlockCount => (_source.SizeBytes + _blockBytes - 1) / _blockBytes;

    public ValueTask WriteAsync(int index, ReadOnlyMemory<byte> content, ulong crc64, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (index < 0 || index >= BlockCount || content.Length != LengthOf(index))
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"Block {index} of {content.Length} bytes does not fit the file.");
        }

        LocalVolume.RequireDigest(_source, content.Span, crc64);
        Span<byte> record = stackalloc byte[RecordBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(record, crc64);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], Mark);
        using var file = _file.Hold();
        LocalFile.Write(file.Descriptor, content.Span, index * _blockBytes, _source.Path);
        LocalFile.Write(file.Descriptor, record, RecordOffset(index), _source.Path);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlySet<int>> FindWrittenAsync(CancellationToken cancel)
    {
        using var file = _file.Hold();
        var written = new HashSet<int>();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(1 << 20, Math.Max(_blockBytes, RecordBytes)));
        try
        {
            for (var index = 0; index < BlockCount; index++)
            {
                cancel.ThrowIfCancellationRequested();
                var record = buffer.AsSpan(0, RecordBytes);
                var read = LocalEntryReader.Read(file.Descriptor, record, RecordOffset(index), _source.Path);
                var crc64 = BinaryPrimitives.ReadUInt64LittleEndian(record);
                if (read == RecordBytes
                    && BinaryPrimitives.ReadUInt64LittleEndian(record[8..]) == Mark
                    && Compute(file.Descriptor, index, buffer) == crc64)
                {
                    written.Add(index);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new(written);
    }

    public ValueTask CommitAsync(int blockCount, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (blockCount != BlockCount)
        {
            throw new ArgumentOutOfRangeException(nameof(blockCount), blockCount, $"The file has {BlockCount} blocks.");
        }

        using var file = _file.Hold();
        using var parent = _parent.Hold();
        RequireAllMarked(file.Descriptor);
        if (LinuxCalls.Ftruncate(file.Descriptor.Number, _source.SizeBytes) != 0)
        {
            throw LinuxFaults.Last("finish", _source.Path);
        }

        fixed (byte* temporary = _name)
        fixed (byte* name = (byte[])[.. _source.Path.Name, 0])
        {
            _volume.Publish(file.Descriptor, parent.Descriptor, temporary, name, _source, options);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Leaves what was written for another attempt.</summary>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        _parent.Dispose();
        return ValueTask.CompletedTask;
    }

    private long RecordOffset(int index) => _source.SizeBytes + (index * (long)RecordBytes);

    private long LengthOf(int index) => Math.Min(_blockBytes, _source.SizeBytes - (index * _blockBytes));

    private ulong Compute(Descriptor file, int index, byte[] buffer)
    {
        ulong crc64 = 0;
        for (long done = 0, length = LengthOf(index); done < length;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            var read = LocalEntryReader.Read(file, part, (index * _blockBytes) + done, _source.Path);
            if (read == 0)
            {
                break;
            }

            crc64 = Crc64.Append(crc64, part[..read]);
            done += read;
        }

        return crc64;
    }

    /// <summary>A block that was never acknowledged would be a hole of zeros.</summary>
    private void RequireAllMarked(Descriptor file)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        for (var index = 0; index < BlockCount; index++)
        {
            _ = LocalEntryReader.Read(file, record, RecordOffset(index), _source.Path);
            if (BinaryPrimitives.ReadUInt64LittleEndian(record[8..]) != Mark)
            {
                throw new VolumeException(new(VolumeFaultKind.Integrity, $"Block {index} of {_source.Path} was not written."));
            }
        }
    }
}
