using System.Runtime.InteropServices;
using System.Text;
using Mover.Files.Linux;

namespace Mover.Files;

/// <summary>
/// Folders that only this user can enter, and that no other user can replace: mode 0700, owned by this user, not a link, and with nothing
/// above them that another user may rename. Safe for concurrent use.
/// </summary>
public static unsafe class PrivateFolder
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int TypeMask = 0xF000;
    private const int TypeFolder = 0x4000;
    private const int TypeLink = 0xA000;
    private const int Sticky = 0x200;
    private const int GroupWrite = 0x10;
    private const int OtherWrite = 0x2;
    private const int OthersBits = 0x3F;

    /// <summary>The id of the user that this process works as.</summary>
    public static uint UserId => LinuxCalls.Geteuid();

    /// <summary>Makes the folder, and what is missing above it, with mode 0700. Checks nothing of what is there.</summary>
    public static void Make(string path)
    {
        var missing = new Stack<string>();
        for (var at = Path.GetFullPath(path); !Directory.Exists(at); at = Path.GetDirectoryName(at) ?? "/")
        {
            missing.Push(at);
        }

        foreach (var folder in missing)
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerFolder);
            }
        }
    }

    /// <summary>
    /// Makes the folder when it is missing, and answers its path without links. A folder of this user that others may read is closed to
    /// them; one that is a link, belongs to another user, or can be written or replaced by another is refused with a
    /// <see cref="PrivateFolderException"/>. Where it cannot be made the usual exceptions of the file system say so.
    /// </summary>
    public static string Ensure(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!OperatingSystem.IsLinux() || Path.GetDirectoryName(full) is not { } parent)
        {
            Make(full);
            return full;
        }

        Make(parent);
        var above = RealPath(parent);
        CheckAbove(full, above);
        var real = Path.Combine(above, Path.GetFileName(full));
        if (Find(real) is null)
        {
            Directory.CreateDirectory(real, OwnerFolder);
        }

        CheckItself(real);
        return real;
    }

    /// <summary>
    /// Makes the folder when it is missing. One that is there keeps its mode, so that others may read what is for them; when they can write
    /// to it, they could put files of their own in the place of what is kept there, and it is refused with a
    /// <see cref="PrivateFolderException"/>. It may be reached by a link.
    /// </summary>
    public static void MakeUnshared(string path)
    {
        Make(path);
        if (OperatingSystem.IsLinux() && Find(RealPath(path)) is { } found && IsOpen(found))
        {
            throw OpenToOthers(Path.GetFullPath(path), found, $"chmod go-w '{Path.GetFullPath(path)}'");
        }
    }

    /// <summary>
    /// Removes the folder with all it holds; nothing happens when it is not there. Goes from descriptor to descriptor and follows no link;
    /// a folder in it that another user made is left, with what holds it, and <see cref="IOException"/> is thrown.
    /// </summary>
    public static void Remove(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            FolderRemoval.Remove(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        }
        else if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void CheckItself(string path)
    {
        if (Find(path) is not { } found)
        {
            throw new IOException($"The folder '{path}' disappeared while it was being opened.");
        }

        var type = found.Mode & TypeMask;
        if (type != TypeFolder)
        {
            throw new PrivateFolderException(
                path, type == TypeLink ? "it is a symbolic link" : "it is not a folder", "Remove it, or use another folder.");
        }

        if (found.UserId != LinuxCalls.Geteuid())
        {
            throw new PrivateFolderException(
                path, $"it belongs to the user with id {found.UserId}, not to the current user", "Use a folder that the current user "
                    + "owns.");
        }

        if ((found.Mode & (GroupWrite | OtherWrite)) != 0)
        {
            throw OpenToOthers(path, found, $"chmod 700 '{path}'");
        }

        if ((found.Mode & OthersBits) != 0 && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, OwnerFolder);
        }
    }

    /// <summary>Whoever owns a folder on the way, or may write to it, could put another one in place of what is below.</summary>
    private static void CheckAbove(string path, string above)
    {
        var owners = new[] { LinuxCalls.Geteuid(), 0u, Find("/")?.UserId ?? 0 };
        for (var at = above; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Find(at) is not { } found)
            {
                throw new IOException($"The folder '{at}' disappeared while '{path}' was being opened.");
            }

            if (!owners.Contains(found.UserId))
            {
                throw new PrivateFolderException(
                    path, $"'{at}' above it belongs to the user with id {found.UserId}, who can replace it", "Use a folder elsewhere.");
            }

            if (IsOpen(found) && (found.Mode & Sticky) == 0)
            {
                throw new PrivateFolderException(
                    path, $"other users can write to '{at}' above it (mode {Octal(found.Mode)}) and replace it",
                    $"Use a folder elsewhere, or remove their write access: chmod go-w '{at}'");
            }
        }
    }

    private static bool IsOpen(Statx folder) =>
        (folder.Mode & OtherWrite) != 0 || ((folder.Mode & GroupWrite) != 0 && !OwnGroups().Contains(folder.GroupId));

    private static PrivateFolderException OpenToOthers(string path, Statx folder, string command) => new(
        path, $"other users can write to it (mode {Octal(folder.Mode)})", $"Check its content, then remove their write access: {command}");

    private static HashSet<uint> OwnGroups()
    {
        var count = Math.Max(0, LinuxCalls.Getgroups(0, null));
        var groups = new uint[count + 1];
        fixed (uint* list = groups)
        {
            count = Math.Max(0, LinuxCalls.Getgroups(count, list));
        }

        return [.. groups[..count], LinuxCalls.Getegid(), 0];
    }

    /// <summary>What is at the path, a link itself and not what it leads to; null when nothing is.</summary>
    private static Statx? Find(string path)
    {
        Statx stat;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return LinuxCalls.Statx(LinuxCalls.AT_FDCWD, name, LinuxCalls.AT_SYMLINK_NOFOLLOW, Statx.Wanted, &stat) == 0 ? stat : null;
        }
    }

    private static string RealPath(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            var real = LinuxCalls.Realpath(name, null);
            if (real is null)
            {
                throw new IOException($"Cannot open the folder '{path}': {Marshal.GetLastPInvokeErrorMessage()}.");
            }

            try
            {
                return Marshal.PtrToStringUTF8((nint)real) ?? path;
            }
            finally
            {
                NativeMemory.Free(real);
            }
        }
    }

    private static string Octal(ushort mode) => Convert.ToString(mode & 0xFFF, 8).PadLeft(4, '0');
}

/// <summary>A folder for a program's own files is not safe to use; the message says why, <see cref="Remedy"/> what to do.</summary>
/// <param name="path">The folder.</param>
/// <param name="problem">What is wrong with it, as the rest of a sentence.</param>
/// <param name="remedy">What to do, one sentence.</param>
public sealed class PrivateFolderException(string path, string problem, string remedy) : IOException($"Cannot use '{path}': {problem}.")
{
    /// <summary>The folder.</summary>
    public string FolderPath { get; } = path;

    /// <summary>What to do.</summary>
    public string Remedy { get; } = remedy;
}
