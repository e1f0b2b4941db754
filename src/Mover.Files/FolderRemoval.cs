using System.Runtime.InteropServices;
using System.Text;
using Mover.Files.Linux;

namespace Mover.Files;

/// <summary>
/// Removes a folder from descriptor to descriptor: a name is looked up in the open folder that it was read from and never through a link,
/// so that what others rename meanwhile cannot lead elsewhere.
/// </summary>
internal static unsafe class FolderRemoval
{
    /// <summary>Each level holds a descriptor; the program's own folders have three.</summary>
    private const int LevelsMax = 32;

    private const int BufferBytes = 16 * 1024;
    private const int NameOffset = 19;
    private const int NotThere = 2; // ENOENT
    private const int IsFolder = 21; // EISDIR

    private static readonly int FolderFlags =
        LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY | LinuxCalls.O_NOFOLLOW | LinuxCalls.O_CLOEXEC;

    public static void Remove(string path) => RemoveFolder(LinuxCalls.AT_FDCWD, Encoding.UTF8.GetBytes(path + "\0"), path, LevelsMax);

    private static void RemoveFolder(int above, byte[] name, string path, int levels)
    {
        fixed (byte* text = name)
        {
            var folder = LinuxCalls.Openat(above, text, FolderFlags, 0);
            if (folder < 0)
            {
                ThrowUnlessGone(path);
                return;
            }

            try
            {
                CheckOwner(folder, path);
                Empty(folder, path, levels - 1);
            }
            finally
            {
                _ = LinuxCalls.Close(folder);
            }

            if (LinuxCalls.Unlinkat(above, text, LinuxCalls.AT_REMOVEDIR) != 0)
            {
                ThrowUnlessGone(path);
            }
        }
    }

    private static void CheckOwner(int folder, string path)
    {
        Statx stat;
        fixed (byte* self = "\0"u8)
        {
            if (LinuxCalls.Statx(folder, self, LinuxCalls.AT_EMPTY_PATH, Statx.Wanted, &stat) != 0)
            {
                throw Failed(path);
            }
        }

        if (stat.UserId != LinuxCalls.Geteuid())
        {
            throw new IOException($"Cannot remove '{path}': it belongs to the user with id {stat.UserId}.");
        }
    }

    private static void Empty(int folder, string path, int levels)
    {
        if (levels == 0)
        {
            throw new IOException($"Cannot remove '{path}': it is nested deeper than {LevelsMax} levels.");
        }

        foreach (var name in ReadNames(folder, path))
        {
            fixed (byte* text = name)
            {
                if (LinuxCalls.Unlinkat(folder, text, 0) == 0)
                {
                    continue;
                }
            }

            var below = $"{path}/{Encoding.UTF8.GetString(name.AsSpan()[..^1])}";
            if (Marshal.GetLastPInvokeError() is IsFolder)
            {
                RemoveFolder(folder, name, below, levels);
            }
            else
            {
                ThrowUnlessGone(below);
            }
        }
    }

    /// <summary>All names of an open folder, each with a terminating NUL.</summary>
    private static List<byte[]> ReadNames(int folder, string path)
    {
        var names = new List<byte[]>();
        var buffer = new byte[BufferBytes];
        fixed (byte* start = buffer)
        {
            int length;
            while ((length = LinuxCalls.Getdents64(folder, start, BufferBytes)) > 0)
            {
                // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name with NUL.
                for (var at = 0; at < length; at += MemoryMarshal.Read<ushort>(buffer.AsSpan(at + 16)))
                {
                    var rest = buffer.AsSpan(at + NameOffset);
                    var name = rest[..(rest.IndexOf((byte)0) + 1)];
                    if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
                    {
                        names.Add(name.ToArray());
                    }
                }
            }

            return length == 0 ? names : throw Failed(path);
        }
    }

    private static void ThrowUnlessGone(string path)
    {
        if (Marshal.GetLastPInvokeError() is not NotThere)
        {
            throw Failed(path);
        }
    }

    private static IOException Failed(string path) => new($"Cannot remove '{path}': {Marshal.GetLastPInvokeErrorMessage()}.");
}
