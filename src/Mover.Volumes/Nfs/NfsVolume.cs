using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Volumes.Nfs;

/// <summary>
/// An NFS export as a source, over NFSv3 or v4.0 in user space: no mount, no root. Names are bytes. A listing of one folder is held in
/// memory
/// by the client library while it is read, about 300 bytes an entry, beside what the scan itself holds.
/// </summary>
public sealed class NfsVolume : IVolume
{
    private const int BatchEntries = 512;
    private const int LinkBytesMax = 16 * 1024;
    private readonly NfsOptions _options;
    private readonly NfsPools _pools;
    private readonly byte[] _prefix;
    private readonly byte[] _rootText;
    private long _unknownOwners;

    private NfsVolume(NfsOptions options, int version)
    {
        (_options, _pools) = (options, new(options, version));
        var subpath = options.Subpath?.Trim('/') ?? "";
        _prefix = Encoding.UTF8.GetBytes(subpath.Length == 0 ? "" : "/" + subpath);
        _rootText = [.. Encoding.UTF8.GetBytes(options.Export.TrimEnd('/')), .. _prefix];
        var place = $"nfs://{options.Host}{options.Export.TrimEnd('/')}{Encoding.UTF8.GetString(_prefix)}";
        Traits = new VolumeTraits
        {
            DisplayName = place,
            Place = place,
            ScansInPathOrder = true,
            KeepsFolders = true,
            KeepsPosix = true,
            KeepsSymlinks = true,
            ChangeTime = ChangeTime.Own,
            ModifiedResolution = TimeSpan.FromTicks(1),
            ConcurrencyHint = options.Connections * 2,
        };
    }

    /// <inheritdoc/>
    public VolumeTraits Traits { get; }

    /// <summary>The version that is spoken: 3 or 4.</summary>
    public int Version => _pools.Current.Version;

    /// <inheritdoc/>
    public IReadOnlyList<VolumeNote> Notes => Interlocked.Read(ref _unknownOwners) is > 0 and var items
        ? [new(StatusCodes.ItemOther, items,
            $"the owner or group is unknown: {Traits.DisplayName} sends it as a name over NFSv4. The content is complete; no owner is "
                + "set at the target, and set-id bits are dropped on file systems. To keep owners, use NFSv3 for the source, or "
                + $"configure the server to send numbers. {_pools.WhyNoNumbers}".TrimEnd())]
        : [];

    /// <summary>
    /// Connects and looks at the root. Throws <see cref="VolumeException"/>: Unsupported when the client library is not installed,
    /// NotFound or
    /// Permission as the server says, Transport when it cannot be reached.
    /// </summary>
    public static async Task<NfsVolume> OpenAsync(NfsOptions options, CancellationToken cancel)
    {
        RequireLibrary();
        if (options.Version is not NfsVersion.Auto)
        {
            return await ConnectAsync(options, options.Version is NfsVersion.V3 ? 3 : 4, cancel);
        }

        try
        {
            return await ConnectAsync(options, 4, cancel);
        }
        catch (VolumeException no4)
        {
            try
            {
                return await ConnectAsync(options, 3, cancel);
            }
            catch (VolumeException no3) when (no3.Fault.Kind is VolumeFaultKind.Transport or VolumeFaultKind.Timeout)
            {
                throw new VolumeException(no4.Fault with { Message = $"{no4.Fault.Message} {no3.Fault.Message}" }, no3);
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, CancellationToken cancel)
    {
        Interlocked.Exchange(ref _unknownOwners, 0);
        return ScanBelowAsync(EntryPath.Root, patience, cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(
        EntryPath folder, Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var spill = SpillFolder.Create(_options.SpillFolder);
        var walk = new OrderedWalk(ListAsync, new OrderedWalkOptions(spill.Path)
        {
            FoldersAtOnce = _options.Connections,
            Patience = patience,
        });
        await foreach (var batch in walk.RunAsync(cancel, folder))
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancel) =>
        await _pools.Current.RunAsync((session, _) => Find(session, EntryPath.Root), cancel);

    /// <inheritdoc/>
    public async ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel)
    {
        try
        {
            return await RequireAsync(path, cancel);
        }
        catch (VolumeException missing) when (missing.Fault.Kind is VolumeFaultKind.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel)
    {
        var reader = new NfsEntryReader(_pools.Current, entry, PathOf(entry.ResolvedPath ?? entry.Path));
        await reader.CheckUnchangedAsync(cancel);
        return reader;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel)
    {
        if (entry.SizeBytes > buffer.Length)
        {
            throw new ArgumentException($"{entry.SizeBytes} bytes do not fit in {buffer.Length}.", nameof(buffer));
        }

        var path = PathOf(entry.ResolvedPath ?? entry.Path);
        return await _pools.Current.RunAsync(
            (session, call) =>
            {
                var context = session.Context;
                var file = session.Open(context, path, entry.Path);
                try
                {
                    var read = NfsEntryReader.Read(session, call, file, buffer[..(int)entry.SizeBytes], 0, entry, isWhole: true);
                    NfsEntryReader.RequireSame(session, file, entry);
                    return read == entry.SizeBytes ? read : throw NfsEntryReader.Changed(entry);
                }
                finally
                {
                    if (session.IsConnected)
                    {
                        _ = LibNfs.Close(context, file);
                    }
                }
            },
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel) =>
        LinkWalk.ResolveAsync(link, FindAsync, _rootText, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pools.DisposeAsync();

    private static void RequireLibrary()
    {
        if (!NativeLibrary.TryLoad("libnfs.so.13", out _))
        {
            throw new VolumeException(
                new(VolumeFaultKind.Unsupported, "NFS needs the library libnfs.so.13: install the Debian package libnfs13."));
        }
    }

    private static async Task<NfsVolume> ConnectAsync(NfsOptions options, int version, CancellationToken cancel)
    {
        var volume = new NfsVolume(options, version);
        try
        {
            var root = await volume.RequireAsync(EntryPath.Root, cancel);
            return root.Type is EntryType.Folder
                ? volume
                : throw new VolumeException(new(VolumeFaultKind.NotFound, $"{volume.Traits.DisplayName} is not a folder."));
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }

    /// <summary>The path as libnfs wants it: from the export's root, with a NUL behind.</summary>
    private byte[] PathOf(EntryPath path) =>
        path.IsRoot && _prefix.Length > 0 ? [.. _prefix, 0] : [.. _prefix, (byte)'/', .. path.Bytes, 0];

    private Task<Entry> RequireAsync(EntryPath path, CancellationToken cancel) => _pools.RunAsync(
        (session, _) => Find(session, path), static entry => HasUnknownOwner(entry), FindRoot, cancel);

    private Entry FindRoot(NfsSession session) => Find(session, EntryPath.Root);

    private static bool HasUnknownOwner(Entry entry) => entry.Posix is { HasOwners: false };

    private unsafe Entry Find(NfsSession session, EntryPath path)
    {
        NfsStat stat;
        fixed (byte* name = PathOf(path))
        {
            session.Check(LibNfs.Lstat(session.Context, name, &stat), "find", path);
        }

        return ToEntry(session, path, stat);
    }

    private Entry ToEntry(NfsSession session, EntryPath path, in NfsStat stat)
    {
        if (NfsEntries.TypeOf((uint)stat.Mode) is not EntryType.Symlink)
        {
            return NfsEntries.Of(path, stat, session.Version, null);
        }

        try
        {
            return NfsEntries.Of(path, stat, session.Version, ReadLink(session, path, (long)stat.SizeBytes));
        }
        catch (VolumeException unreadable) when (session.IsConnected)
        {
            return NfsEntries.Of(path, stat, session.Version, null, unreadable.Fault);
        }
    }

    private unsafe byte[] ReadLink(NfsSession session, EntryPath path, long sizeBytes)
    {
        fixed (byte* name = PathOf(path))
        fixed (byte* text = session.Buffer)
        {
            // Over v4 libnfs puts no end to the text and foreign bytes follow it, so the size in the attributes says where it ends.
            session.Buffer.AsSpan(0, LinkBytesMax + 1).Clear();
            session.Check(LibNfs.ReadLink(session.Context, name, text, LinkBytesMax), "read the link", path);
            var found = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);
            return found[..(int)Math.Min(found.Length, sizeBytes)].ToArray();
        }
    }

    private async IAsyncEnumerable<IReadOnlyList<Entry>> ListAsync(EntryPath folder, [EnumeratorCancellation] CancellationToken cancel)
    {
        var batches = await _pools.RunAsync(
            (session, _) => List(session, folder), static batches => UnknownOwners(batches) > 0, FindRoot, cancel);
        Interlocked.Add(ref _unknownOwners, UnknownOwners(batches));
        foreach (var batch in batches)
        {
            yield return batch;
        }
    }

    private static int UnknownOwners(List<List<Entry>> batches)
    {
        var count = 0;
        foreach (var batch in batches)
        {
            foreach (var entry in batch)
            {
                count += HasUnknownOwner(entry) ? 1 : 0;
            }
        }

        return count;
    }

    private unsafe List<List<Entry>> List(NfsSession session, EntryPath folder)
    {
        nint opened;
        var context = session.Context;
        fixed (byte* name = PathOf(folder))
        {
            session.Check(LibNfs.OpenFolder(context, name, &opened), "list", folder);
        }

        var batches = new List<List<Entry>>();
        try
        {
            for (var item = LibNfs.ReadFolder(context, opened); item is not null; item = LibNfs.ReadFolder(context, opened))
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(item->Name);
                if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
                {
                    continue;
                }

                if (batches.Count == 0 || batches[^1].Count == BatchEntries)
                {
                    batches.Add(new List<Entry>(16));
                }

                batches[^1].Add(Listed(session, folder.Child(name), *item));
            }
        }
        finally
        {
            if (session.IsConnected)
            {
                LibNfs.CloseFolder(context, opened);
            }
        }

        return batches;
    }

    /// <summary>A server may leave out attributes in a listing; then they are asked for.</summary>
    private Entry Listed(NfsSession session, EntryPath path, in NfsFolderEntry item)
    {
        var stat = NfsEntries.StatOf(item, session.Version);
        if (NfsEntries.TypeOf((uint)stat.Mode) is not EntryType.Other)
        {
            return ToEntry(session, path, stat);
        }

        try
        {
            return Find(session, path);
        }
        catch (VolumeException unreadable) when (session.IsConnected)
        {
            return new Entry { Path = path, Type = EntryType.Other, Fault = unreadable.Fault };
        }
    }
}
