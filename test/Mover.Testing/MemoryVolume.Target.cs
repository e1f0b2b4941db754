using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Testing;

public sealed partial class MemoryVolume
{
    /// <summary>How often content, metadata and deletions reached the volume.</summary>
    public int Puts { get; private set; }

    public int BlockWrites { get; private set; }

    public int MetadataWrites { get; private set; }

    public int Deletes { get; private set; }

    public int Writes => Puts + BlockWrites + MetadataWrites + Deletes;

    public (StatusCode Code, string Why)? Judge(Entry source) =>
        Judgement is not null ? Judgement(source)
        : source.Type is EntryType.Device or EntryType.Fifo or EntryType.Socket or EntryType.Other
            ? (StatusCodes.ItemTypeUnsupported, "Devices, pipes and sockets cannot be stored.")
            : null;

    public bool HasSameMetadata(Entry source, Entry target) =>
        (!Traits.KeepsPosix || source.Posix is null || source.Posix == target.Posix)
        && (Traits.ModifiedResolution is null || source.Modified is not { } modified || Truncate(modified) == target.Modified);

    public ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Check(content.Span, options.ContentCrc64);
        lock (_gate)
        {
            Puts++;
            Store(source, EntryType.File, content.ToArray(), options);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel)
    {
        Assert.Matches("^[A-Za-z0-9]{1,32}$", token);
        lock (_gate)
        {
            if (!_staged.TryGetValue((source.Path, token), out var blocks))
            {
                _staged[(source.Path, token)] = blocks = [];
            }

            return new(new BlockWriter(this, source, token, blockBytes, blocks));
        }
    }

    public ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Puts++;
            Store(source, EntryType.Folder, [], options);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Puts++;
            Store(source, EntryType.Symlink, source.LinkTarget?.ToArray() ?? throw Fault(VolumeFaultKind.Io, "No link text."), options);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var path = Real(source.Path);
            var node = _nodes.GetValueOrDefault(path) ?? throw Fault(VolumeFaultKind.NotFound, "Nothing there.");
            MetadataWrites++;
            _nodes[path] = node with
            {
                Modified = source.Modified is { } m ? Truncate(m) : node.Modified,
                Posix = source.Posix ?? node.Posix,
                Changed = ChangeOf(source),
                Accessed = source.Accessed,
                Md5 = KeepsMd5 && options.ContentMd5 is { } md5 ? md5.ToArray() : node.Md5,
            };
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(Entry target, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var path = Real(target.Path);
            if (!_nodes.TryGetValue(path, out var node))
            {
                return ValueTask.CompletedTask;
            }

            if (target.ETag is { } seen && seen != node.Inode.ToString())
            {
                throw Fault(VolumeFaultKind.Changed, $"{target.Path} is another one by now.");
            }

            if (Traits.KeepsFolders && node.Type is EntryType.Folder && _nodes.Keys.Any(p => p != path && p.IsWithin(path)))
            {
                throw Fault(VolumeFaultKind.Status, $"{target.Path} is not empty.");
            }

            Deletes++;
            _nodes.Remove(path);
            Touch(path.Parent);
        }

        return ValueTask.CompletedTask;
    }

    private static void Check(ReadOnlySpan<byte> content, ulong? crc64)
    {
        if (crc64 is { } wanted && wanted != Crc64.Compute(content))
        {
            throw new VolumeException(new VolumeFault(VolumeFaultKind.Integrity, "The digest does not fit.", IsTransient: true));
        }
    }

    private void Store(Entry source, EntryType type, byte[] content, PutOptions options)
    {
        var path = Real(source.Path);
        var old = _nodes.GetValueOrDefault(path);
        if (Traits.KeepsFolders && !path.Parent.IsRoot && _nodes.GetValueOrDefault(path.Parent)?.Type is not EntryType.Folder)
        {
            throw Fault(VolumeFaultKind.NotFound, $"The folder of {path} is not there.");
        }

        if (Traits.KeepsFolders && old is not null && (old.Type is EntryType.Folder) != (type is EntryType.Folder))
        {
            throw Fault(VolumeFaultKind.Status, $"{path} is there as {old.Type}.");
        }

        var now = Tick();
        _nodes[path] = new Node(
            type,
            content,
            source.Modified is { } m ? Truncate(m) : now,
            ChangeOf(source),
            source.Accessed,
            options.PreserveMetadata ? source.Posix ?? default : default,
            KeepsMd5 ? options.ContentMd5?.ToArray() : null,
            old?.Type is EntryType.Folder && type is EntryType.Folder ? old.Inode : ++_lastInode);
        if (old is null)
        {
            Touch(path.Parent);
        }
    }

    private UnixTime ChangeOf(Entry source) =>
        Traits.ChangeTime is ChangeTime.Kept && source.Changed is { } kept ? kept : Tick();

    private UnixTime Tick() => new(++_ticks, 0);

    private void Touch(EntryPath folder)
    {
        if (Traits.KeepsFolders && _nodes.TryGetValue(folder, out var node))
        {
            _nodes[folder] = node with { Modified = Tick() };
        }
    }

    private UnixTime Truncate(UnixTime time)
    {
        if (Traits.ModifiedResolution is not { } step)
        {
            return default;
        }

        var (whole, nanos) = ((long)step.TotalSeconds, step.Ticks * 100);
        return whole > 1 ? new(time.Seconds - (time.Seconds % whole), 0)
            : whole == 1 ? new(time.Seconds, 0)
            : new(time.Seconds, (int)(time.Nanoseconds - (time.Nanoseconds % nanos)));
    }

    private sealed class BlockWriter(
        MemoryVolume volume, Entry source, string token, long blockBytes, SortedDictionary<int, byte[]> blocks) : IBlockWriter
    {
        public ValueTask WriteAsync(int index, ReadOnlyMemory<byte> content, ulong crc64, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            Check(content.Span, crc64);
            Assert.InRange(content.Length, 1, blockBytes);
            lock (volume._gate)
            {
                volume.BlockWrites++;
                blocks[index] = content.ToArray();
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlySet<int>> FindWrittenAsync(CancellationToken cancel)
        {
            lock (volume._gate)
            {
                return new(blocks.Keys.ToHashSet());
            }
        }

        public ValueTask CommitAsync(int blockCount, PutOptions options, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            lock (volume._gate)
            {
                Assert.Equal(Enumerable.Range(0, blockCount), blocks.Keys);
                var content = blocks.Values.SelectMany(b => b).ToArray();
                Check(content, options.ContentCrc64);
                volume.Store(source, EntryType.File, content, options);
                volume._staged.Remove((source.Path, token));
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
