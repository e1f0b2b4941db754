using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>
/// Finds out which names a folder's file system takes for one. What is there already is looked up under another spelling; where that says
/// too little and the folder may be written, a probe file is made, looked up and removed, and the folder's times are put back. A file
/// system that is mounted below may have another way with names than the folder's own: what one of them folds counts for all.
/// </summary>
internal static unsafe class NameProbe
{
    private const string AccentComposed = "\u00e9";
    private const string AccentApart = "e\u0301";

    /// <summary>How many file systems below a folder are looked at.</summary>
    private const int MountsMax = 100;

    /// <summary>What the folder and the file systems mounted below it fold; not sure when names may tell of more.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="path">Its path without links.</param>
    /// <param name="mayWrite">True when probe files may be made.</param>
    public static (NameFoldings Folds, bool IsSure) FindAll(RootFolder root, string path, bool mayWrite)
    {
        var (folds, isSure) = Find(root, mayWrite);
        var left = MountsMax;
        foreach (var point in MountTable.PointsBelow(path))
        {
            if (left-- == 0)
            {
                return (folds, false);
            }

            try
            {
                using var mounted = new RootFolder(path, point[path.TrimEnd('/').Length..]);
                var (below, isKnown) = Find(mounted, mayWrite);
                (folds, isSure) = (folds | below, isSure && isKnown);
            }
            catch (VolumeException)
            {
                isSure = false;
            }
        }

        return (folds, isSure);
    }

    /// <summary>What the folder folds; not sure when names below it may tell of more.</summary>
    public static (NameFoldings Folds, bool IsSure) Find(RootFolder root, bool mayWrite)
    {
        using var folder = root.Open(EntryPath.Root, LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY, "open");
        return mayWrite && TryProbe(folder) is { } found ? (found, true) : (OfNamesThere(root, folder), false);
    }

    /// <summary>The answer of a probe file; null when none can be made.</summary>
    private static NameFoldings? TryProbe(Descriptor folder)
    {
        var plain = TemporaryName.FreshProbe();
        var name = Bytes(plain + AccentComposed);
        Statx before;
        byte empty = 0;
        var hasTimes = LinuxCalls.Statx(folder.Number, &empty, LinuxCalls.AT_EMPTY_PATH, Statx.Wanted, &before) == 0;
        try
        {
            fixed (byte* made = name)
            {
                using var file = LocalFile.Create(folder, made, EntryPath.Root);
                try
                {
                    return (IsThere(folder, plain.ToUpperInvariant() + AccentComposed) ? NameFoldings.AsciiCase : NameFoldings.None)
                        | (IsThere(folder, (plain + AccentComposed).ToUpperInvariant()) ? NameFoldings.Case : NameFoldings.None)
                        | (IsThere(folder, plain + AccentApart) ? NameFoldings.Normalization : NameFoldings.None);
                }
                finally
                {
                    _ = LinuxCalls.Unlinkat(folder.Number, made, 0);
                }
            }
        }
        catch (VolumeException)
        {
            return null;
        }
        finally
        {
            if (hasTimes)
            {
                PutBack(folder, before);
            }
        }
    }

    private static void PutBack(Descriptor folder, in Statx before)
    {
        var times = stackalloc Timespec[2];
        times[0] = new() { Seconds = before.Accessed.Seconds, Nanoseconds = before.Accessed.Nanoseconds };
        times[1] = new() { Seconds = before.Modified.Seconds, Nanoseconds = before.Modified.Nanoseconds };
        fixed (byte* self = ".\0"u8)
        {
            _ = LinuxCalls.Utimensat(folder.Number, self, times, 0);
        }
    }

    /// <summary>What the first names of the folder say: each is looked up in the other case and in the other form of its accents.</summary>
    private static NameFoldings OfNamesThere(RootFolder root, Descriptor folder)
    {
        using var reader = new FolderReader(root, EntryPath.Root, static _ => false, 1);
        var found = NameFoldings.None;
        foreach (var entry in reader.Next() ?? [])
        {
            if (!entry.Path.IsUtf8)
            {
                continue;
            }

            var name = Encoding.UTF8.GetString(entry.Path.Bytes);
            var isAscii = Ascii.IsValid(name);
            var flipped = string.Concat(name.Select(Flip));
            if (flipped != name && IsSame(folder, flipped, entry))
            {
                found |= isAscii ? NameFoldings.AsciiCase : NameFoldings.Case;
            }

            var other = name.Contains(AccentComposed, StringComparison.Ordinal)
                ? name.Replace(AccentComposed, AccentApart, StringComparison.Ordinal)
                : name.Replace(AccentApart, AccentComposed, StringComparison.Ordinal);
            if (!other.Equals(name, StringComparison.Ordinal) && IsSame(folder, other, entry))
            {
                found |= NameFoldings.Normalization;
            }
        }

        return found;
    }

    private static char Flip(char letter) => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter);

    private static bool IsThere(Descriptor folder, string name) => TryFind(folder, name, out _);

    /// <summary>Another name of the same inode; a hard link beside it would have to be spelled just so.</summary>
    private static bool IsSame(Descriptor folder, string name, Entry entry) =>
        TryFind(folder, name, out var stat) && stat.Inode == entry.Inode && entry.LinkCount == stat.LinkCount
        && (entry.LinkCount == 1 || entry.Type is EntryType.Folder);

    private static bool TryFind(Descriptor folder, string name, out Statx stat)
    {
        stat = default;
        fixed (byte* bytes = Bytes(name))
        fixed (Statx* into = &stat)
        {
            return LinuxCalls.Statx(folder.Number, bytes, LinuxCalls.AT_SYMLINK_NOFOLLOW, Statx.Wanted, into) == 0;
        }
    }

    private static byte[] Bytes(string name) => [.. Encoding.UTF8.GetBytes(name), 0];
}
