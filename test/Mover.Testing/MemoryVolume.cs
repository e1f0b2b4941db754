using System.Runtime.CompilerServices;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Testing;

/// <summary>
/// A full driver over memory, as strict as a real one: parents must exist where folders do, digests are checked, nothing appears before
/// it is whole, a folder's time moves when something in it changes. Traits can be set before first use.
/// </summary>
public sealed partial class MemoryVolume : ITargetVolume
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<EntryPath, Node> _nodes = [];
    private readonly Dictionary<(EntryPath Path, string Token), SortedDictionary<int, byte[]>> _staged = [];
    private ulong _lastInode = 1;
    private long _ticks = 1_600_000_000;

    public MemoryVolume(VolumeTraits? traits = null) => Traits = traits ?? Hierarchical;

    /// <summary>Traits as of a file system.</summary>
    public static VolumeTraits Hierarchical { get; } = new()
    {
        DisplayName = "memory",
        ScansInPathOrder = true,
        KeepsFolders = true,
        KeepsPosix = true,
        KeepsSymlinks = true,
        ModifiedResolution = TimeSpan.FromTicks(1),
        SinglePutBytesMax = 64 * 1024,
        BlockBytesMin = 64 * 1024,
        ConcurrencyHint = 8,
    };

    /// <summary>Traits as of a flat object store.</summary>
    public static VolumeTraits Flat { get; } = Hierarchical with { KeepsFolders = false, KeepsSymlinks = false };

    public VolumeTraits Traits { get; set; }

    /// <summary>Entries per scan batch.</summary>
    public int BatchItems { get; set; } = 100;

    /// <summary>Reverses scans, as a volume that breaks its promise of order.</summary>
    public bool ScansBackwards { get; set; }

    /// <summary>Faults that scans attach to entries.</summary>
    public Dictionary<EntryPath, VolumeFault> ScanFaults { get; } = [];

    /// <summary>Judges entries; null accepts everything but devices, pipes and sockets.</summary>
    public Func<Entry, (StatusCode, string)?>? Judgement { get; set; }

    /// <summary>False stores nothing of MD5, as volumes without room for it.</summary>
    public bool KeepsMd5 { get; set; } = true;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _nodes.Count;
            }
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        List<Entry> all;
        lock (_gate)
        {
            var filled = _nodes.Keys.Select(path => path.Parent).ToHashSet();
            all = [.. _nodes.Select(n => ToEntry(n.Key, n.Value, ScanFaults.GetValueOrDefault(n.Key), isEmpty: !filled.Contains(n.Key)))];
        }

        if (ScansBackwards)
        {
            all.Reverse();
        }

        foreach (var batch in all.Chunk(BatchItems))
        {
            cancel.ThrowIfCancellationRequested();
            yield return batch;
        }

        await Task.CompletedTask;
    }

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(
        EntryPath folder, Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (ScanFaults.GetValueOrDefault(folder) is { } fault)
        {
            throw new VolumeException(fault);
        }

        await foreach (var batch in ScanAsync(patience, cancel))
        {
            if (batch.Where(entry => entry.Path != folder && entry.Path.IsWithin(folder)).ToList() is { Count: > 0 } below)
            {
                yield return below;
            }
        }
    }

    public ValueTask ProbeAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask ProbeWriteAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel)
    {
        lock (_gate)
        {
            return new(_nodes.TryGetValue(Real(path), out var node) ? ToEntry(path, node) : null);
        }
    }

    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel) => new(new Reader(this, entry, Listed(entry)));

    public ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel)
    {
        var node = Listed(entry);
        node.Content.CopyTo(buffer);
        return new(node.Content.Length);
    }

    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel)
    {
        lock (_gate)
        {
            var path = link.Path;
            for (var hops = 0; hops < 8; hops++)
            {
                if (!_nodes.TryGetValue(path, out var node))
                {
                    return new((null, new VolumeFault(VolumeFaultKind.NotFound, "The link leads nowhere.")));
                }

                if (node.Type is EntryType.File)
                {
                    return new((ToEntry(link.Path, node, null, path), null));
                }

                if (node.Type is not EntryType.Symlink || Follow(path, node.Content) is not { } next)
                {
                    return new((null, new VolumeFault(VolumeFaultKind.Unsupported, "The link leads to a folder or out of the root.")));
                }

                path = next;
            }
        }

        return new((null, new VolumeFault(VolumeFaultKind.Unsupported, "The link goes round in circles.")));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The name that an entry is stored under, where the traits fold names: that of the entry which is there already.</summary>
    private EntryPath Real(EntryPath path)
    {
        if (Traits.Folds is NameFoldings.None || path.IsRoot || _nodes.ContainsKey(path))
        {
            return path;
        }

        var wanted = Real(path.Parent).Child(path.Name);
        return _nodes.Keys.Where(there => Fold(there) == Fold(wanted)).DefaultIfEmpty(wanted).First();
    }

    private string Fold(EntryPath path)
    {
        var text = Encoding.UTF8.GetString(path.Bytes);
        text = Traits.Folds.HasFlag(NameFoldings.Normalization) ? text.Replace("e\u0301", "\u00e9", StringComparison.Ordinal) : text;
        return Traits.Folds.HasFlag(NameFoldings.Case) ? text.ToUpperInvariant() : text;
    }

    private static EntryPath? Follow(EntryPath link, ReadOnlySpan<byte> target)
    {
        var path = link.Parent;
        foreach (var range in target.Split((byte)'/'))
        {
            var name = target[range];
            if (name.SequenceEqual(".."u8) && path.IsRoot)
            {
                return null;
            }

            path = name.SequenceEqual(".."u8) ? path.Parent : name.SequenceEqual("."u8) ? path : path.Child(name);
        }

        return target.StartsWith("/"u8) ? null : path;
    }

    private Node Listed(Entry entry)
    {
        lock (_gate)
        {
            var node = _nodes.GetValueOrDefault(Real(entry.ResolvedPath ?? entry.Path))
                ?? throw Fault(VolumeFaultKind.NotFound, $"{entry.Path} is gone.");
            return IsSame(entry, node) ? node : throw Fault(VolumeFaultKind.Changed, $"{entry.Path} is not the one that was listed.");
        }
    }

    private bool IsSame(Entry entry, Node node) =>
        node.Type is EntryType.File && node.Content.Length == entry.SizeBytes && entry.Modified == node.Modified && entry.Inode == node.Inode;

    private Entry ToEntry(EntryPath path, Node node, VolumeFault? fault = null, EntryPath? resolved = null, bool isEmpty = false) => new()
    {
        Path = path,
        Type = resolved is null ? node.Type : EntryType.Symlink,
        SizeBytes = node.Content.Length,
        Modified = Traits.ModifiedResolution is null ? null : node.Modified,
        Accessed = node.Accessed,
        Changed = node.Changed,
        Posix = Traits.KeepsPosix ? node.Posix : null,
        Inode = node.Inode,
        LinkCount = 1,
        IsEmptyFolder = isEmpty && node.Type is EntryType.Folder,
        LinkTarget = node.Type is EntryType.Symlink ? (ReadOnlyMemory<byte>?)node.Content : null,
        ResolvedPath = resolved,
        ContentMd5 = node.Md5 is null ? (ReadOnlyMemory<byte>?)null : node.Md5,
        ETag = node.Inode.ToString(),
        Fault = fault,
    };

    private static VolumeException Fault(VolumeFaultKind kind, string message) => new(new VolumeFault(kind, message));

    private sealed record Node(
        EntryType Type, byte[] Content, UnixTime Modified, UnixTime Changed, UnixTime? Accessed, PosixAttributes Posix, byte[]? Md5, ulong Inode);

    private sealed class Reader(MemoryVolume volume, Entry entry, Node opened) : IEntryReader
    {
        public ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel)
        {
            var content = opened.Content.AsMemory((int)Math.Min(offsetBytes, opened.Content.Length));
            var length = Math.Min(content.Length, buffer.Length);
            content[..length].CopyTo(buffer);
            return new(length);
        }

        public ValueTask CheckUnchangedAsync(CancellationToken cancel)
        {
            volume.Listed(entry);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
