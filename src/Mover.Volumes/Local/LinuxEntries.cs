using System.Runtime.InteropServices;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>Makes entries from what statx says.</summary>
internal static unsafe class LinuxEntries
{
    private const int TypeMask = 0xF000;

    /// <summary>The entry of one name in an open folder; null when the name is gone. A name that cannot be read has a fault.</summary>
    /// <param name="folder">Descriptor of the folder.</param>
    /// <param name="name">The name, with a terminating NUL.</param>
    /// <param name="path">The entry's path.</param>
    public static Entry? Find(int folder, byte* name, EntryPath path)
    {
        Statx stat;
        if (LinuxCalls.Statx(folder, name, LinuxCalls.AT_SYMLINK_NOFOLLOW, Statx.Wanted, &stat) != 0)
        {
            return Marshal.GetLastPInvokeError() is LinuxFaults.ENOENT or LinuxFaults.ENOTDIR
                ? null
                : new Entry { Path = path, Type = EntryType.Other, Fault = LinuxFaults.Last("read the attributes of", path).Fault };
        }

        var type = TypeOf(stat.Mode);
        if (type is not EntryType.Symlink)
        {
            return Of(path, type, stat, null, null);
        }

        var target = ReadLink(folder, name, stat.SizeBytes);
        return Of(path, type, stat, target, target is null ? LinuxFaults.Last("read the link", path).Fault : null);
    }

    /// <summary>Asks the file system itself for the folder's attributes, past what the kernel remembers of a share.</summary>
    public static void RequireAnswer(Descriptor folder)
    {
        Statx now;
        byte empty = 0;
        var flags = LinuxCalls.AT_EMPTY_PATH | LinuxCalls.AT_STATX_FORCE_SYNC;
        if (LinuxCalls.Statx(folder.Number, &empty, flags, Statx.Wanted, &now) != 0)
        {
            throw LinuxFaults.Last("read the attributes of", EntryPath.Root);
        }
    }

    public static EntryType TypeOf(ushort mode) => (mode & TypeMask) switch
    {
        0x8000 => EntryType.File,
        0x4000 => EntryType.Folder,
        0xA000 => EntryType.Symlink,
        0x6000 or 0x2000 => EntryType.Device,
        0x1000 => EntryType.Fifo,
        0xC000 => EntryType.Socket,
        _ => EntryType.Other,
    };

    /// <summary>True when an open file is still the one that was listed, by everything that the listing knew.</summary>
    public static bool IsSame(Entry listed, in Statx now) =>
        TypeOf(now.Mode) is EntryType.File
        && now.SizeBytes == (listed.ToldBytes ?? listed.SizeBytes)
        && (listed.Inode == 0 || listed.Inode == now.Inode)
        && (listed.Modified is not { } modified || modified == Time(now.Modified))
        && (listed.Changed is not { } changed || changed == Time(now.Changed));

    public static Entry Of(EntryPath path, EntryType type, in Statx stat, byte[]? target, VolumeFault? fault) => new()
    {
        Path = path,
        Type = type,
        SizeBytes = type is EntryType.File or EntryType.Symlink ? stat.SizeBytes : 0,
        Modified = Time(stat.Modified),
        Changed = Time(stat.Changed),
        Accessed = Time(stat.Accessed),
        Created = (stat.Mask & Statx.BirthTime) != 0 ? Time(stat.Created) : null,
        Posix = new PosixAttributes(stat.Mode & 0xFFF, stat.UserId, stat.GroupId),
        Inode = stat.Inode,
        LinkCount = stat.LinkCount,
        IsMountPoint = type is EntryType.Folder && (stat.Attributes & Statx.MountRoot) != 0,
        LinkTarget = target is null ? null : (ReadOnlyMemory<byte>?)target,
        Fault = fault,
    };

    public static UnixTime Time(in StatxTime time) => new(time.Seconds, (int)time.Nanoseconds);

    /// <summary>The link's text, of whatever length; null and errno when it cannot be read.</summary>
    private static byte[]? ReadLink(int folder, byte* name, long sizeBytes)
    {
        // procfs and some network file systems say size 0; a text that fills the buffer may have been cut.
        for (var length = (int)Math.Clamp(sizeBytes + 1, 256, 1 << 20); ; length *= 2)
        {
            var text = new byte[length];
            fixed (byte* buffer = text)
            {
                var read = LinuxCalls.Readlinkat(folder, name, buffer, length);
                if (read < 0)
                {
                    return null;
                }

                if (read < length || length > 1 << 20)
                {
                    return text.AsSpan(0, (int)read).ToArray();
                }
            }
        }
    }
}
