using System.Runtime.InteropServices;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>Owners, permissions and times; and the temporary files that runs which died have left.</summary>
public sealed unsafe partial class LocalVolume
{
    private const int SetIdBits = 0xC00;

    /// <summary>
    /// Through /proc/self/fd, because permissions and times of an O_PATH descriptor cannot be set directly on all kernels.
    /// </summary>
    private void ApplyMetadata(Descriptor file, Entry source, PutOptions options)
    {
        fixed (byte* self = Encoding.ASCII.GetBytes($"/proc/self/fd/{file.Number}\0"))
        {
            if (!options.PreserveMetadata)
            {
                // A file is created for its owner alone; without a wish it gets what a program would make.
                if (source.Type is not EntryType.Folder && LinuxCalls.Fchmodat(LinuxCalls.AT_FDCWD, self, 0x1B6 & ~_umask, 0) != 0)
                {
                    throw LinuxFaults.Last("set the permissions of", source.Path);
                }

                return;
            }

            if (source.Posix is { } posix)
            {
                var isKept = SetOwner(LinuxCalls.AT_FDCWD, self, source, posix, 0);

                // After the owner: changing that clears set-id bits.
                if (LinuxCalls.Fchmodat(LinuxCalls.AT_FDCWD, self, (uint)ModeToKeep(posix, isKept), 0) != 0)
                {
                    throw LinuxFaults.Last("set the permissions of", source.Path);
                }
            }

            SetTimes(LinuxCalls.AT_FDCWD, self, source, 0);
        }
    }

    private void ApplyLinkMetadata(Descriptor parent, byte* name, Entry source, PutOptions options)
    {
        if (!options.PreserveMetadata)
        {
            return;
        }

        if (source.Posix is { } posix)
        {
            SetOwner(parent.Number, name, source, posix, LinuxCalls.AT_SYMLINK_NOFOLLOW);
        }

        SetTimes(parent.Number, name, source, LinuxCalls.AT_SYMLINK_NOFOLLOW);
    }

    /// <summary>
    /// Sets the owner where the volume may; true when the entry then has it. An owner that cannot be kept is counted and costs nothing
    /// else: the content is what matters. One that is not known stays as it is (an id of -1).
    /// </summary>
    private bool SetOwner(int folder, byte* name, Entry source, PosixAttributes posix, int flags)
    {
        if (posix is { UserId: PosixAttributes.UnknownId, GroupId: PosixAttributes.UnknownId })
        {
            return false;
        }

        if (KeepsOwners)
        {
            if (LinuxCalls.Fchownat(folder, name, posix.UserId, posix.GroupId, flags) == 0)
            {
                return posix.HasOwners;
            }

            // EPERM: no CAP_CHOWN, or a share that squashes root; EINVAL: a user namespace without this id; EOPNOTSUPP: no owners at all.
            if (Marshal.GetLastPInvokeError() is not (LinuxFaults.EPERM or LinuxFaults.EINVAL or LinuxFaults.EOPNOTSUPP))
            {
                throw LinuxFaults.Last("set the owner of", source.Path);
            }
        }
        else if (posix.IsOwnedLike(new(0, _runsAs.UserId, _runsAs.GroupId)))
        {
            return posix.HasOwners;
        }

        Interlocked.Increment(ref _ownersNotKept);
        return false;
    }

    /// <summary>
    /// True when files can be given to other owners. Root alone may, and not where it lacks the capability or the file system refuses:
    /// a temporary file shows it.
    /// </summary>
    private bool FindKeepsOwners()
    {
        if (LinuxCalls.Geteuid() != 0 || !_options.IsTarget)
        {
            return LinuxCalls.Geteuid() == 0;
        }

        try
        {
            using var root = _root.Open(EntryPath.Root, LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY, "open");
            fixed (byte* temporary = TemporaryName.Fresh())
            {
                using var file = LocalFile.Create(root, temporary, EntryPath.Root);
                var isKept = LinuxCalls.Fchownat(root.Number, temporary, 1, 1, LinuxCalls.AT_SYMLINK_NOFOLLOW) == 0;
                _ = LinuxCalls.Unlinkat(root.Number, temporary, 0);
                return isKept;
            }
        }
        catch (VolumeException)
        {
            // It cannot be written; the first file that is stored meets the reason.
            return true;
        }
    }

    private static uint ReadUmask()
    {
        foreach (var line in File.ReadLines("/proc/thread-self/status"))
        {
            if (line.StartsWith("Umask:", StringComparison.Ordinal))
            {
                return Convert.ToUInt32(line[6..].Trim(), 8);
            }
        }

        return 0x12;
    }

    /// <summary>A set-id program would run as whoever runs Mover when the owner cannot be kept; those bits are left out then.</summary>
    private static int ModeToKeep(PosixAttributes posix, bool isOwnerKept) => isOwnerKept ? posix.Mode : posix.Mode & ~SetIdBits;

    private static void SetTimes(int folder, byte* name, Entry source, int flags)
    {
        var times = stackalloc Timespec[2];
        times[0] = Spec(source.Accessed);
        times[1] = Spec(source.Modified);
        if (LinuxCalls.Utimensat(folder, name, times, flags) != 0)
        {
            throw LinuxFaults.Last("set the times of", source.Path);
        }
    }

    private static Timespec Spec(UnixTime? time) =>
        time is { } known
            ? new Timespec { Seconds = known.Seconds, Nanoseconds = known.Nanoseconds }
            : new Timespec { Nanoseconds = Timespec.Omit };

    /// <summary>
    /// Removes temporary files that nobody writes: a writer holds a lock on its file. Blocks for another attempt are kept for
    /// <see cref="LocalVolumeOptions.KeepsBlocksFor"/>. What cannot be removed stays; it is looked at again by the next scan.
    /// </summary>
    private void RemoveLeftOvers(EntryPath folder)
    {
        using var names = new FolderReader(_root, folder, static name => !TemporaryName.IsOne(name), 1);
        using var parent = _root.Open(folder, LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY, "list");
        var oldest = _options.Clock.GetUtcNow().ToUnixTimeSeconds() - (long)_options.KeepsBlocksFor.TotalSeconds;
        while (names.Next() is { } entries)
        {
            foreach (var entry in entries)
            {
                var isKept = TemporaryName.IsForBlocks(entry.Path.Name) && entry.Changed is { } changed && changed.Seconds > oldest;
                if (!isKept)
                {
                    RemoveUnlessLocked(parent, entry);
                }
            }
        }
    }

    private void RemoveUnlessLocked(Descriptor parent, Entry entry)
    {
        fixed (byte* name = NameOf(entry.Path))
        {
            if (entry.Type is EntryType.Symlink)
            {
                RemoveOldLink(parent, name, entry);
                return;
            }

            var flags = LinuxCalls.O_RDONLY | LinuxCalls.O_NOFOLLOW | LinuxCalls.O_NONBLOCK | LinuxCalls.O_CLOEXEC;
            var number = LinuxCalls.Openat(parent.Number, name, flags, 0);
            if (number < 0)
            {
                return;
            }

            using var file = new Descriptor(number);
            if (LinuxCalls.Flock(file.Number, LinuxCalls.LOCK_EX | LinuxCalls.LOCK_NB) == 0)
            {
                _ = LinuxCalls.Unlinkat(parent.Number, name, 0);
            }
        }
    }

    /// <summary>A link cannot be locked, but gets its name within moments: one that is a minute old has been left.</summary>
    private void RemoveOldLink(Descriptor parent, byte* name, Entry entry)
    {
        if (entry.Changed is { } changed && changed.Seconds < _options.Clock.GetUtcNow().ToUnixTimeSeconds() - 60)
        {
            _ = LinuxCalls.Unlinkat(parent.Number, name, 0);
        }
    }
}

/// <summary>Files that are being written.</summary>
internal static unsafe class LocalFile
{
    private const int OwnersRights = 0x1C0;
    private const int LockTriesMax = 50;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Lets a folder's owner change it again, when that is who runs Mover; false when nothing was in the owner's way.</summary>
    public static bool GrantOwner(Descriptor folder)
    {
        Statx now;
        byte empty = 0;
        if (LinuxCalls.Statx(folder.Number, &empty, LinuxCalls.AT_EMPTY_PATH, Statx.Wanted, &now) != 0
            || now.UserId != LinuxCalls.Geteuid()
            || (now.Mode & OwnersRights) == OwnersRights)
        {
            return false;
        }

        fixed (byte* self = Encoding.ASCII.GetBytes($"/proc/self/fd/{folder.Number}\0"))
        {
            return LinuxCalls.Fchmodat(LinuxCalls.AT_FDCWD, self, (now.Mode & 0xFFFu) | OwnersRights, 0) == 0;
        }
    }

    /// <summary>Makes a new file that only its owner can read, locked so that nobody takes it for a left-over.</summary>
    public static Descriptor Create(Descriptor parent, byte* name, EntryPath path) =>
        TryOpen(parent, name, LinuxCalls.O_CREAT | LinuxCalls.O_EXCL) ?? throw LinuxFaults.Last("create", path);

    /// <summary>
    /// Opens a file that an earlier attempt has left; null when there is none. A lock that was given up can be held a moment longer by a
    /// process that is being started: until it runs its program it has our files.
    /// </summary>
    public static Descriptor? OpenLeft(Descriptor parent, byte* name, EntryPath path)
    {
        var file = TryOpen(parent, name, 0);
        for (var attempt = 0; file is null && Marshal.GetLastPInvokeError() is LinuxFaults.EAGAIN && attempt < LockTriesMax; attempt++)
        {
            using var pause = new ManualResetEventSlim();
            pause.Wait(LockPause);
            file = TryOpen(parent, name, 0);
        }

        return file is not null || Marshal.GetLastPInvokeError() is LinuxFaults.ENOENT
            ? file
            : throw LinuxFaults.Last("open the blocks of", path);
    }

    public static void Write(Descriptor file, ReadOnlySpan<byte> content, long offset, EntryPath path)
    {
        fixed (byte* bytes = content)
        {
            for (var done = 0; done < content.Length;)
            {
                var written = LinuxCalls.Pwrite(file.Number, bytes + done, content.Length - done, offset + done);
                if (written >= 0)
                {
                    done += (int)written;
                }
                else if (Marshal.GetLastPInvokeError() is not LinuxFaults.EINTR)
                {
                    throw LinuxFaults.Last("write", path);
                }
            }
        }
    }

    private static Descriptor? TryOpen(Descriptor parent, byte* name, int flags)
    {
        var number = LinuxCalls.Openat(
            parent.Number, name, flags | LinuxCalls.O_RDWR | LinuxCalls.O_NOFOLLOW | LinuxCalls.O_CLOEXEC, 0x180);
        if (number < 0)
        {
            return null;
        }

        // A file system without locks only loses the early clean-up; another writer of the same blocks is refused.
        if (LinuxCalls.Flock(number, LinuxCalls.LOCK_EX | LinuxCalls.LOCK_NB) != 0 && Marshal.GetLastPInvokeError() is LinuxFaults.EAGAIN)
        {
            _ = LinuxCalls.Close(number);
            Marshal.SetLastPInvokeError(LinuxFaults.EAGAIN);
            return null;
        }

        return new Descriptor(number);
    }
}
