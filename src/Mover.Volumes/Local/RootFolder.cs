using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>An open file descriptor, closed with <c>using</c>; a struct, because one is made for every file.</summary>
internal readonly struct Descriptor(int number) : IDisposable
{
    public int Number { get; } = number;

    public void Dispose() => _ = LinuxCalls.Close(Number);
}

/// <summary>
/// A descriptor that several calls use at once: closing waits for the last of them, because a closed number may be another file's at once.
/// </summary>
internal sealed class SharedDescriptor : SafeHandle
{
    public SharedDescriptor(int number)
        : base(-1, ownsHandle: true) => SetHandle(number);

    public override bool IsInvalid => handle == -1;

    /// <summary>Takes the descriptor over.</summary>
    public static SharedDescriptor Over(Descriptor descriptor) => new(descriptor.Number);

    /// <summary>Holds it open for one call; throws <see cref="ObjectDisposedException"/> when it is closed.</summary>
    public Use Hold()
    {
        var isHeld = false;
        DangerousAddRef(ref isHeld);
        return new Use(this, new Descriptor((int)handle));
    }

    protected override bool ReleaseHandle() => LinuxCalls.Close((int)handle) == 0;

    /// <summary>One call's hold.</summary>
    internal readonly ref struct Use(SharedDescriptor owner, Descriptor descriptor)
    {
        public Descriptor Descriptor => descriptor;

        public void Dispose() => owner.DangerousRelease();
    }
}

/// <summary>
/// The root folder of a Local volume. Everything is opened relative to it, and the kernel is told to refuse any step that leaves it or
/// follows a link (openat2); where that call is missing every folder on the way is opened by itself without following links.
/// Safe for concurrent use.
/// </summary>
internal sealed unsafe class RootFolder : IDisposable
{
    /// <summary>Pieces handed to the kernel stay below PATH_MAX with its terminator.</summary>
    private const int PieceBytesMax = LinuxCalls.PATH_MAX - 1;

    private static readonly int FolderFlags = LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY | LinuxCalls.O_CLOEXEC;

    private readonly SharedDescriptor _root;
    private volatile bool _hasOpenat2;

    /// <param name="path">An absolute path; its links are followed.</param>
    /// <param name="below">Names below it; their links are followed as long as they stay there. Empty for none.</param>
    /// <param name="hasOpenat2">False to do without that call.</param>
    public RootFolder(string path, string below = "", bool hasOpenat2 = true)
    {
        _hasOpenat2 = hasOpenat2;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            var number = LinuxCalls.Openat(LinuxCalls.AT_FDCWD, name, FolderFlags, 0);
            _root = number >= 0 ? new SharedDescriptor(number) : throw LinuxFaults.Last($"open {path},", EntryPath.Root);
        }

        if (below.Trim('/') is { Length: > 0 } names)
        {
            using var above = _root;
            _root = SharedDescriptor.Over(OpenBelow(names));
        }
    }

    /// <summary>The root's path without links, as the kernel knows it; null when it does not say.</summary>
    public string? FindPath()
    {
        using var root = _root.Hold();
        return new FileInfo($"/proc/self/fd/{root.Descriptor.Number}").LinkTarget;
    }

    /// <summary>The kernel's id of the mount that the root is reached by; null when it does not say.</summary>
    public int? FindMountNumber()
    {
        const string Label = "mnt_id:";
        using var root = _root.Hold();
        var about = $"/proc/self/fdinfo/{root.Descriptor.Number}";
        var lines = File.Exists(about) ? File.ReadLines(about) : [];
        var line = lines.FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        return int.TryParse(line?[Label.Length..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    /// <summary>Opens what is at the path, never through a link; throws as <see cref="LinuxFaults"/> says.</summary>
    public Descriptor Open(EntryPath path, int flags, string what)
    {
        var number = TryOpen(path.Bytes, flags);
        return number >= 0 ? new Descriptor(number) : throw LinuxFaults.Last(what, path);
    }

    /// <summary>Opens the folder an entry is in, for calls relative to it.</summary>
    public Descriptor OpenParent(EntryPath path, string what)
    {
        var cut = path.Bytes.LastIndexOf((byte)'/');
        var number = TryOpen(cut < 0 ? default : path.Bytes[..cut], LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY);
        return number >= 0 ? new Descriptor(number) : throw LinuxFaults.Last(what, path);
    }

    public void Dispose() => _root.Dispose();

    private Descriptor OpenBelow(string names)
    {
        var bytes = Encoding.UTF8.GetBytes(names + "\0");
        var number = -1;
        if (_hasOpenat2)
        {
            using var root = _root.Hold();
            fixed (byte* name = bytes)
            {
                var how = new OpenHow
                {
                    Flags = (uint)FolderFlags,
                    Resolve = LinuxCalls.RESOLVE_BENEATH | LinuxCalls.RESOLVE_NO_MAGICLINKS,
                };
                number = LinuxCalls.Openat2(root.Descriptor.Number, name, &how);
            }

            _hasOpenat2 = number >= 0 || Marshal.GetLastPInvokeError() is not LinuxFaults.ENOSYS;
        }

        number = _hasOpenat2 ? number : TryOpen(bytes.AsSpan()[..^1], FolderFlags);
        if (number >= 0)
        {
            return new Descriptor(number);
        }

        var path = EntryPath.Of(names);
        throw Marshal.GetLastPInvokeError() is LinuxFaults.EXDEV or LinuxFaults.ELOOP
            ? new VolumeException(new(VolumeFaultKind.NotFound, $"{path} leads outside the storage endpoint through a link or '..'"))
            : LinuxFaults.Last("open", path);
    }

    /// <summary>As open(2), with the path's pieces walked one after the other when it is longer than the kernel takes.</summary>
    private int TryOpen(ReadOnlySpan<byte> path, int flags)
    {
        using var root = _root.Hold();
        var folder = root.Descriptor.Number;
        var isOwned = false;
        try
        {
            while (path.Length > PieceBytesMax || (!_hasOpenat2 && path.Contains((byte)'/')))
            {
                var length = _hasOpenat2 ? path[..PieceBytesMax].LastIndexOf((byte)'/') : path.IndexOf((byte)'/');
                if (length < 0)
                {
                    break;
                }

                var next = OpenPiece(folder, path[..length], LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY);
                if (next < 0)
                {
                    return next;
                }

                Close(folder, isOwned);
                (folder, isOwned) = (next, true);
                path = path[(length + 1)..];
            }

            return OpenPiece(folder, path.IsEmpty ? "."u8 : path, flags);
        }
        finally
        {
            Close(folder, isOwned);
        }
    }

    private static void Close(int folder, bool isOwned)
    {
        if (isOwned)
        {
            _ = LinuxCalls.Close(folder);
        }
    }

    private int OpenPiece(int folder, ReadOnlySpan<byte> piece, int flags)
    {
        var name = stackalloc byte[Math.Max(piece.Length, 1) + 1];
        piece.CopyTo(new Span<byte>(name, piece.Length));
        name[piece.Length] = 0;
        flags |= LinuxCalls.O_CLOEXEC | LinuxCalls.O_NOFOLLOW;
        while (true)
        {
            int number;
            if (_hasOpenat2)
            {
                var how = new OpenHow
                {
                    Flags = (uint)flags,
                    Resolve = LinuxCalls.RESOLVE_BENEATH | LinuxCalls.RESOLVE_NO_MAGICLINKS | LinuxCalls.RESOLVE_NO_SYMLINKS,
                };
                number = LinuxCalls.Openat2(folder, name, &how);
            }
            else if (piece.SequenceEqual(".."u8))
            {
                Marshal.SetLastPInvokeError(LinuxFaults.EPERM);
                return -1;
            }
            else
            {
                number = LinuxCalls.Openat(folder, name, flags, 0);
            }

            if (number >= 0 || Marshal.GetLastPInvokeError() is not LinuxFaults.EINTR)
            {
                if (number < 0 && _hasOpenat2 && Marshal.GetLastPInvokeError() is LinuxFaults.ENOSYS)
                {
                    _hasOpenat2 = false;
                    return TryOpenFrom(folder, piece, flags);
                }

                return number;
            }
        }
    }

    /// <summary>The same piece once more, name by name.</summary>
    private int TryOpenFrom(int start, ReadOnlySpan<byte> path, int flags)
    {
        var folder = start;
        while (path.IndexOf((byte)'/') is var length and >= 0)
        {
            var next = OpenPiece(folder, path[..length], LinuxCalls.O_PATH | LinuxCalls.O_DIRECTORY);
            Close(folder, folder != start);
            if (next < 0)
            {
                return next;
            }

            folder = next;
            path = path[(length + 1)..];
        }

        var opened = OpenPiece(folder, path, flags);
        Close(folder, folder != start);
        return opened;
    }
}
