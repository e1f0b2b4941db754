using System.Runtime.InteropServices;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Volumes.Local;

/// <summary>Writing. What is not whole has another name; a rename makes it visible.</summary>
public sealed unsafe partial class LocalVolume
{
    /// <summary>What a program asks for when it makes a folder; the umask takes its part.</summary>
    private const uint Everyones = 0x1FF;

    /// <summary>A folder whose own mode is not set yet shows its content to its owner alone.</summary>
    private const uint OwnersAlone = 0x1C0;

    /// <inheritdoc/>
    public ValueTask ProbeWriteAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        ProbeRoot();
        using var root = _root.Open(EntryPath.Root, LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY, "open");
        fixed (byte* temporary = TemporaryName.Fresh())
        {
            using var file = LocalFile.Create(root, temporary, EntryPath.Root);
            _ = LinuxCalls.Unlinkat(root.Number, temporary, 0);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public (StatusCode Code, string Why)? Judge(Entry source)
    {
        if (source.Type is not (EntryType.File or EntryType.Folder or EntryType.Symlink))
        {
            return (StatusCodes.ItemTypeUnsupported, "Devices, pipes and sockets are not copied.");
        }

        foreach (var range in source.Path.Bytes.Split((byte)'/'))
        {
            var name = source.Path.Bytes[range];
            if (name.Length > LinuxCalls.NAME_MAX)
            {
                return (StatusCodes.ItemComponentTooLong, $"A name has {name.Length} bytes; Linux allows {LinuxCalls.NAME_MAX}.");
            }

            if (name is [])
            {
                return (StatusCodes.ItemCharactersUnsupported,
                    "The name ends with a slash or has two in a row, which blob names allow but file names do not.");
            }

            if (name is [(byte)'.'] or [(byte)'.', (byte)'.'] || name.Contains((byte)0) || TemporaryName.IsOne(name))
            {
                return (StatusCodes.ItemCharactersUnsupported, "A part of the name is '.' or '..', or one of Mover's temporary names.");
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool HasSameMetadata(Entry source, Entry target)
    {
        if (source.Posix is { } wanted && target.Posix is { } kept)
        {
            var hasOwner = wanted.HasOwners && (KeepsOwners || (wanted.UserId, wanted.GroupId) == _runsAs);
            var sameMode = source.Type is EntryType.Symlink || ModeToKeep(wanted, hasOwner) == kept.Mode;
            if (!sameMode || (KeepsOwners && !wanted.IsOwnedLike(kept)))
            {
                return false;
            }
        }

        return source.Modified is not { } modified || (target.Modified is { } there && Kept(modified) == Kept(there));

        // In the steps of the traits, which are those of shares: what lies below may cut times to them.
        static (long Seconds, int Steps) Kept(UnixTime time) => (time.Seconds, time.Nanoseconds / (int)TimeSpan.NanosecondsPerTick);
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        RequireDigest(source, content.Span, options.ContentCrc64);
        try
        {
            Put(source, content.Span, options);
        }
        catch (VolumeException denied) when (MakesWay(denied, source.Path))
        {
            Put(source, content.Span, options);
        }

        return ValueTask.CompletedTask;
    }

    private void Put(Entry source, ReadOnlySpan<byte> content, PutOptions options)
    {
        using var parent = OpenOrMakeParent(source.Path);
        fixed (byte* temporary = TemporaryName.Fresh())
        fixed (byte* name = NameOf(source.Path))
        {
            using var file = LocalFile.Create(parent, temporary, source.Path);
            try
            {
                LocalFile.Write(file, content, 0, source.Path);
                Publish(file, parent, temporary, name, source, options);
            }
            catch
            {
                _ = LinuxCalls.Unlinkat(parent.Number, temporary, 0);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult(LocalBlockWriter.Open(this, OpenOrMakeParent(source.Path), source, blockBytes, token));
        }
        catch (VolumeException denied) when (MakesWay(denied, source.Path))
        {
            return ValueTask.FromResult(LocalBlockWriter.Open(this, OpenOrMakeParent(source.Path), source, blockBytes, token));
        }
    }

    /// <inheritdoc/>
    public ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            PutFolder(source, options);
        }
        catch (VolumeException denied) when (MakesWay(denied, source.Path))
        {
            PutFolder(source, options);
        }

        return ValueTask.CompletedTask;
    }

    private void PutFolder(Entry source, PutOptions options)
    {
        using var parent = OpenOrMakeParent(source.Path);
        fixed (byte* name = NameOf(source.Path))
        {
            var mode = options.IsUnfinished ? OwnersAlone : Everyones;
            if (LinuxCalls.Mkdirat(parent.Number, name, mode) != 0 && Marshal.GetLastPInvokeError() is not LinuxFaults.EEXIST)
            {
                throw LinuxFaults.Last("make the folder", source.Path);
            }
        }

        // O_DIRECTORY refuses a file or link that stands there.
        using var folder = _root.Open(source.Path, LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY, "open the folder");
        if (!options.IsUnfinished)
        {
            ApplyMetadata(folder, source, options);
        }
    }

    /// <inheritdoc/>
    public ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var text = source.LinkTarget
            ?? throw new VolumeException(new(VolumeFaultKind.Unsupported, $"The target of the link {source.Path} is unknown."));
        try
        {
            PutLink(source, text, options);
        }
        catch (VolumeException denied) when (MakesWay(denied, source.Path))
        {
            PutLink(source, text, options);
        }

        return ValueTask.CompletedTask;
    }

    private void PutLink(Entry source, ReadOnlyMemory<byte> text, PutOptions options)
    {
        using var parent = OpenOrMakeParent(source.Path);
        fixed (byte* temporary = TemporaryName.Fresh())
        fixed (byte* name = NameOf(source.Path))
        fixed (byte* target = (byte[])[.. text.Span, 0])
        {
            if (LinuxCalls.Symlinkat(target, parent.Number, temporary) != 0)
            {
                throw LinuxFaults.Last("make the link", source.Path);
            }

            try
            {
                ApplyLinkMetadata(parent, temporary, source, options);
                Rename(parent, temporary, name, source.Path);
            }
            catch
            {
                _ = LinuxCalls.Unlinkat(parent.Number, temporary, 0);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var parent = _root.OpenParent(target.Path, "open");
        fixed (byte* name = NameOf(target.Path))
        {
            RequireSeen(LinuxEntries.Find(parent.Number, name, target.Path), target);
            if (target.Type is EntryType.Symlink)
            {
                ApplyLinkMetadata(parent, name, source, options);
                return ValueTask.CompletedTask;
            }
        }

        using var file = _root.Open(target.Path, LinuxCalls.O_PATH, "open");
        ApplyMetadata(file, source, options);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(Entry target, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            Delete(target);
        }
        catch (VolumeException denied) when (MakesWay(denied, target.Path))
        {
            Delete(target);
        }

        return ValueTask.CompletedTask;
    }

    private void Delete(Entry target)
    {
        try
        {
            using var parent = _root.OpenParent(target.Path, "delete");
            fixed (byte* name = NameOf(target.Path))
            {
                if (LinuxEntries.Find(parent.Number, name, target.Path) is not { } now)
                {
                    return;
                }

                RequireSeen(now, target);
                if (LinuxCalls.Unlinkat(parent.Number, name, target.Type is EntryType.Folder ? LinuxCalls.AT_REMOVEDIR : 0) != 0)
                {
                    throw LinuxFaults.Last("delete", target.Path);
                }
            }
        }
        catch (VolumeException gone) when (gone.Fault.Kind is VolumeFaultKind.NotFound)
        {
            // Gone already, as wanted.
        }
    }

    /// <summary>
    /// True when the folder around an entry kept its own owner, who runs Mover, from changing it, and no longer does: the engine sets the
    /// final mode when everything in the folder is written.
    /// </summary>
    private bool MakesWay(VolumeException denied, EntryPath path)
    {
        if (denied.Fault is not { Kind: VolumeFaultKind.Permission, Code: null } || path.IsRoot)
        {
            return false;
        }

        try
        {
            using var folder = _root.Open(path.Parent, LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY, "open");
            return LocalFile.GrantOwner(folder);
        }
        catch (VolumeException)
        {
            return false;
        }
    }

    internal static void RequireDigest(Entry source, ReadOnlySpan<byte> content, ulong? crc64)
    {
        if (crc64 is { } wanted && Crc64.Compute(content) != wanted)
        {
            throw new VolumeException(
                new(VolumeFaultKind.Integrity, $"The content of {source.Path} does not match its digest.", IsTransient: true));
        }
    }

    /// <summary>Metadata, the disk when asked for, then the name.</summary>
    internal void Publish(Descriptor file, Descriptor parent, byte* temporary, byte* name, Entry source, PutOptions options)
    {
        ApplyMetadata(file, source, options);
        if (_options.FlushesFiles && LinuxCalls.Fsync(file.Number) != 0)
        {
            throw LinuxFaults.Last("flush", source.Path);
        }

        Rename(parent, temporary, name, source.Path);
        if (_options.FlushesFiles)
        {
            using var folder = _root.Open(source.Path.Parent, LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY, "flush the folder of");
            if (LinuxCalls.Fsync(folder.Number) != 0)
            {
                throw LinuxFaults.Last("flush the folder of", source.Path);
            }
        }
    }

    private static void Rename(Descriptor parent, byte* temporary, byte* name, EntryPath path)
    {
        if (LinuxCalls.Renameat(parent.Number, temporary, parent.Number, name) != 0)
        {
            throw LinuxFaults.Last("give its name to", path);
        }
    }

    /// <summary>
    /// Throws Changed unless it is what the scan saw. A folder's times move with its content, so only its identity counts.
    /// </summary>
    private static void RequireSeen(Entry? now, Entry seen)
    {
        if (now is null)
        {
            throw LinuxFaults.Of(LinuxFaults.ENOENT, "find", seen.Path);
        }

        var isSame = now.Type == seen.Type
            && (seen.Inode == 0 || seen.Inode == now.Inode)
            && (seen.Type is EntryType.Folder
                || (seen.SizeBytes == now.SizeBytes && (seen.Modified is null || seen.Modified == now.Modified)));
        if (!isSame)
        {
            throw Changed(seen);
        }
    }

    private Descriptor OpenOrMakeParent(EntryPath path)
    {
        try
        {
            return _root.OpenParent(path, "open the folder of");
        }
        catch (VolumeException missing) when (missing.Fault.Kind is VolumeFaultKind.NotFound && path.Depth > 1)
        {
            for (var end = path.Bytes.IndexOf((byte)'/'); end >= 0; end = NextCut(path, end))
            {
                var folder = new EntryPath(path.Bytes[..end].ToArray());
                using var above = _root.OpenParent(folder, "make the folder");
                fixed (byte* name = NameOf(folder))
                {
                    if (LinuxCalls.Mkdirat(above.Number, name, Everyones) != 0 && Marshal.GetLastPInvokeError() is not LinuxFaults.EEXIST)
                    {
                        throw LinuxFaults.Last("make the folder", folder);
                    }
                }
            }

            return _root.OpenParent(path, "open the folder of");
        }
    }

    private static int NextCut(EntryPath path, int cut)
    {
        var next = path.Bytes[(cut + 1)..].IndexOf((byte)'/');
        return next < 0 ? -1 : cut + 1 + next;
    }
}
